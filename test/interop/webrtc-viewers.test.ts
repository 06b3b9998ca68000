import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { solid } from "../encode/producers.ts";
import { eventually } from "../server/clients.ts";
import { WebRtcLink } from "../support/webrtc-link.ts";
import { PatternRenderer } from "../web/pattern-renderer.ts";
import {
  AiortcViewer,
  type AiortcViewerOptions,
  type Colour,
  type ViewerFrame,
  whyNoAiortc,
} from "./aiortc-viewer.ts";
import { LightReceivers } from "./light-receivers.ts";

setDefaultTimeout(60_000);
const whyNot = whyNoAiortc();
if (whyNot) console.error(`skipped: WebRTC with aiortc, because ${whyNot}`);
const aiortc = test.skipIf(whyNot !== "");

const SIZE = [320, 180] as const;
const ORANGE: Colour = [200, 120, 40];
const TEAL: Colour = [30, 140, 150];
const CHANNELS = [{ label: "moves", ordered: false, maxRetransmits: 0 }, { label: "events" }];

let renderer: PatternRenderer;
let server: ScenecastServer;
beforeEach(async () => {
  renderer = new PatternRenderer();
  server = await startServer({ port: 0 });
  server.attach(renderer.names);
  paint(ORANGE);
});
afterEach(async () => {
  await server.stop();
  renderer[Symbol.dispose]();
});

function paint(colour: Colour): void {
  renderer.images.write(...SIZE, solid(...SIZE, [...colour, 255]));
}

/** A view at rest sends nothing more, so a frame must not wait for the one after it. */
function connect(url: string, options: AiortcViewerOptions = {}): Promise<AiortcViewer> {
  return AiortcViewer.connect(url, { complete_at_marker: true, ...options });
}

/** Whether all of a frame has this colour, as far as VP8 keeps it. */
function shows(colour: Colour): (frame: ViewerFrame) => boolean {
  return ({ width, height, colours }) =>
    width === SIZE[0] &&
    height === SIZE[1] &&
    colours.every((seen) => seen.every((part, i) => Math.abs(part - (colour[i] ?? 0)) < 12));
}

/** Pictures one after the other, which differ by a stripe; ends when it is disposed of. */
function animation(): Disposable {
  let number = 0;
  const pixels = solid(...SIZE, [...ORANGE, 255]);
  const timer = setInterval(() => {
    number = (number + 40) & 0xff;
    pixels.fill(number, 0, 4 * SIZE[0] * 20);
    renderer.images.write(...SIZE, pixels);
  }, 33);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

for (const via of ["offer", "whep"] as const) {
  aiortc(`aiortc by /${via} sees the picture in its colours, and the next one, until it leaves`, async () => {
    const viewer = await connect(server.url, { via });
    await viewer.next("frame", shows(ORANGE));
    expect(viewer.frames[0]?.keyframe).toBe(true);
    paint(TEAL);
    await viewer.next("frame", shows(TEAL));
    const { viewers } = server.state;
    expect(viewers).toMatchObject([{ transport: "webrtc", socket: false, width: 320, height: 180 }]);
    const metrics = await (await fetch(`${server.url}metrics`)).text();
    expect(metrics).toContain('scenecast_viewers{transport="webrtc"} 1');
    await viewer.stop();
    await eventually(() => server.state.viewers.length === 0, "nobody is there any more");
    expect(viewer.events.filter(({ event }) => event === "undecodable")).toEqual([]);
  });

  aiortc(`aiortc by /${via} steers by data channels, and is answered on the ordered one`, async () => {
    await using viewer = await connect(server.url, { via, channels: CHANNELS });
    for (const { label } of CHANNELS) await viewer.next("open", ({ channel }) => channel === label);
    viewer.send("moves", '{"type":"mouseMove","x":0.25,"y":0.5,"ctrlKey":0,"shiftKey":0,"timestampInMs":5}');
    expect(await renderer.event("mouseMove")).toMatchObject({ x: 0.25, y: 0.5, timestamp: 5 });
    const press = { type: "mouseLeftClick", on: 1, mouseButton: 0, x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 1 };
    viewer.send("events", JSON.stringify({ ...press, timestampInMs: 6 }));
    expect(await renderer.event("mousePress")).toMatchObject({ button: 0, shift: true });
    // A move from before the press is late, and is no move any more; the next one is.
    const move = (x: number, timestampInMs: number) =>
      viewer.send("events", JSON.stringify({ ...press, type: "mouseMove", x, timestampInMs }));
    move(0.1, 4);
    move(0.9, 7);
    expect(await renderer.event("mouseMove", ({ timestamp }) => timestamp !== 5)).toMatchObject({ x: 0.9 });
    viewer.send("moves", "{");
    const wrong = await viewer.next("message", ({ data }) => data.includes('"error"'));
    expect(wrong.channel).toBe("events");
    expect(JSON.parse(wrong.data)).toMatchObject({ code: "bad-json" });
    viewer.send("events", '{"type":"frames","encoding":"jpeg"}');
    await viewer.next("message", ({ data }) => data.includes("Frames are not sent on this connection"));
    // Whoever leaves with a button down lets go of it.
    await viewer.stop();
    await renderer.event("mouseRelease");
  });
}

aiortc("a view at rest is seen by those too who show a frame only when the next one begins", async () => {
  await using viewer = await AiortcViewer.connect(server.url);
  await viewer.next("frame", shows(ORANGE));
});

aiortc("who may only look does not steer by data channels either", async () => {
  await using guarded = await startServer({ port: 0, token: "correct-horse", viewToken: "only-looking" });
  guarded.attach(renderer.names);
  const url = guarded.url.replace("correct-horse", "only-looking");
  await using viewer = await connect(url, { channels: CHANNELS });
  await viewer.next("frame", shows(ORANGE));
  await viewer.next("open", ({ channel }) => channel === "events");
  viewer.send("events", '{"type":"weel","deltaY":5,"timestampInMs":5}');
  const answer = await viewer.next("message", ({ data }) => data.includes('"error"'));
  expect(JSON.parse(answer.data)).toMatchObject({ code: "may-not-steer" });
  expect(renderer.events).toEqual([]);
});

aiortc("a viewer that vanishes without a word is let go of", async () => {
  const viewer = await connect(server.url);
  await viewer.next("frame", shows(ORANGE));
  expect(server.viewers).toBe(1);
  await viewer.vanish();
  await eventually(() => server.viewers === 0, "nobody is looked after any more", 40_000);
});

aiortc("many join and leave, and nothing is left of them", async () => {
  using _ = animation();
  for (let round = 0; round < 3; round++) {
    await using receivers = await LightReceivers.join(server.url, 6, round % 2 === 0 ? "offer" : "whep");
    expect(receivers.joinMs.length).toBe(6);
    await eventually(() => server.viewers === 6, "all six are there");
  }
  await eventually(() => server.viewers === 0, "all have gone", 40_000);
  expect(server.state.viewers).toEqual([]);
});

aiortc("what a link loses is sent again: every frame comes, and is whole", async () => {
  await using link = new WebRtcLink(server.url);
  await using receivers = await LightReceivers.join(link.url, 1);
  link.udp.down.loss = 0.05;
  using _ = animation();
  let frames = 0;
  let lost = 0;
  let retransmitted = 0;
  while (retransmitted < 5 || frames < 90) {
    await Bun.sleep(200);
    for (const report of await receivers.report()) {
      frames += report.frames;
      lost += report.lost;
      retransmitted += report.retransmitted;
    }
  }
  expect(link.udp.counts.down.lost).toBeGreaterThanOrEqual(5);
  expect(lost).toBe(0);
});

aiortc("a link that is cut for a while brings pictures again when it is back", async () => {
  await using link = new WebRtcLink(server.url);
  await using viewer = await connect(link.url);
  await viewer.next("frame", shows(ORANGE));
  using _ = animation();
  const { packets } = link.udp.counts.down;
  link.udp.down.loss = 1;
  await eventually(() => link.udp.counts.down.packets > packets + 30, "some thirty packets are lost");
  link.udp.down.loss = 0;
  await viewer.nextFrame();
});
