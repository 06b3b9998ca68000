import { afterEach, beforeEach, expect, setDefaultTimeout } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { solid } from "../encode/producers.ts";
import { eventually } from "../server/clients.ts";
import { testIf } from "../support/test-if.ts";
import { WebRtcLink } from "../support/webrtc-link.ts";
import { PatternRenderer } from "../web/pattern-renderer.ts";
import {
  AiortcViewer,
  type AiortcViewerOptions,
  type Color,
  missingAiortc,
  type ViewerFrame,
} from "./aiortc-viewer.ts";
import { LightReceivers } from "./light-receivers.ts";

setDefaultTimeout(60_000);
const missing = missingAiortc();
const aiortc = testIf(missing);

const SIZE = [320, 180] as const;
const ORANGE: Color = [200, 120, 40];
const TEAL: Color = [30, 140, 150];
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

function paint(color: Color): void {
  renderer.images.write(...SIZE, solid(...SIZE, [...color, 255]));
}

/** Decodes a frame at its own last packet, because a still view sends no further one. */
function connect(url: string, options: AiortcViewerOptions = {}): Promise<AiortcViewer> {
  return AiortcViewer.connect(url, { complete_at_marker: true, ...options });
}

/** Whether a frame has this color everywhere, within the precision of VP8. */
function shows(color: Color): (frame: ViewerFrame) => boolean {
  return ({ width, height, colors }) =>
    width === SIZE[0] &&
    height === SIZE[1] &&
    colors.every((mean) => mean.every((component, i) => Math.abs(component - (color[i] ?? 0)) < 12));
}

/** Writes frames that differ by a stripe, until disposed. */
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
  aiortc(`an aiortc viewer by /${via} receives the view and its changes, until it disconnects`, async () => {
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
    await eventually(() => server.state.viewers.length === 0, "the viewer is disconnected");
    expect(viewer.events.filter(({ event }) => event === "undecodable")).toEqual([]);
  });

  aiortc(
    `an aiortc viewer by /${via} steers by data channels, and is answered on the ordered one`,
    async () => {
      await using viewer = await connect(server.url, { via, channels: CHANNELS });
      for (const { label } of CHANNELS) await viewer.next("open", ({ channel }) => channel === label);
      viewer.send(
        "moves",
        '{"type":"mouseMove","x":0.25,"y":0.5,"ctrlKey":0,"shiftKey":0,"timestampInMs":5}',
      );
      expect(await renderer.event("mouseMove")).toMatchObject({ x: 0.25, y: 0.5, timestamp: 5 });
      const press = {
        type: "mouseLeftClick",
        on: 1,
        mouseButton: 0,
        x: 0.5,
        y: 0.5,
        ctrlKey: 0,
        shiftKey: 1,
      };
      viewer.send("events", JSON.stringify({ ...press, timestampInMs: 6 }));
      expect(await renderer.event("mousePress")).toMatchObject({ button: 0, shift: true });
      // A move with a time stamp before the press is dropped.
      const move = (x: number, timestampInMs: number) =>
        viewer.send("events", JSON.stringify({ ...press, type: "mouseMove", x, timestampInMs }));
      move(0.1, 4);
      move(0.9, 7);
      expect(await renderer.event("mouseMove", ({ timestamp }) => timestamp !== 5)).toMatchObject({ x: 0.9 });
      viewer.send("moves", "{");
      const error = await viewer.next("message", ({ data }) => data.includes('"error"'));
      expect(error.channel).toBe("events");
      expect(JSON.parse(error.data)).toMatchObject({ code: "bad-json" });
      viewer.send("events", '{"type":"frames","encoding":"jpeg"}');
      await viewer.next("message", ({ data }) => data.includes("Frames are not sent on this connection"));
      // A button that a viewer holds down is released when it disconnects.
      await viewer.stop();
      await renderer.event("mouseRelease");
    },
  );
}

aiortc("a still view is shown by a viewer that shows a frame only when the next one begins", async () => {
  await using viewer = await AiortcViewer.connect(server.url);
  await viewer.next("frame", shows(ORANGE));
});

aiortc("a viewer with the view token cannot steer by data channels", async () => {
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

aiortc("a viewer that vanishes without a close_notify is disconnected", async () => {
  const viewer = await connect(server.url);
  await viewer.next("frame", shows(ORANGE));
  expect(server.viewers).toBe(1);
  await viewer.kill();
  await eventually(() => server.viewers === 0, "the viewer has timed out", 40_000);
});

aiortc("viewers that join and leave in groups are all disconnected", async () => {
  using _ = animation();
  for (let round = 0; round < 3; round++) {
    await using receivers = await LightReceivers.join(server.url, 6, round % 2 === 0 ? "offer" : "whep");
    expect(receivers.joinMs.length).toBe(6);
    await eventually(() => server.viewers === 6, "all six are connected");
  }
  await eventually(() => server.viewers === 0, "all are disconnected", 40_000);
  expect(server.state.viewers).toEqual([]);
});

aiortc("packets lost by the link are retransmitted, and every frame arrives complete", async () => {
  await using link = new WebRtcLink(server.url);
  await using receivers = await LightReceivers.join(link.url, 1);
  link.udp.down.loss = 0.05;
  using _ = animation();
  let frames = 0;
  let lost = 0;
  let retransmitted = 0;
  const deadline = performance.now() + 40_000;
  while ((retransmitted < 5 || frames < 90) && performance.now() < deadline) {
    await Bun.sleep(200);
    for (const report of await receivers.report()) {
      frames += report.frames;
      lost += report.lost;
      retransmitted += report.retransmitted;
    }
  }
  expect(link.udp.counts.down.lost).toBeGreaterThanOrEqual(5);
  expect(lost).toBe(0);
  expect(frames).toBeGreaterThanOrEqual(90);
  expect(retransmitted).toBeGreaterThanOrEqual(5);
});

aiortc("video resumes when a link that was interrupted works again", async () => {
  await using link = new WebRtcLink(server.url);
  await using viewer = await connect(link.url);
  await viewer.next("frame", shows(ORANGE));
  using _ = animation();
  const { packets } = link.udp.counts.down;
  link.udp.down.loss = 1;
  await eventually(() => link.udp.counts.down.packets > packets + 30, "thirty packets are lost");
  link.udp.down.loss = 0;
  await viewer.nextFrame();
});
