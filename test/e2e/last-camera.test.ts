import { afterEach, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import type { ShowManager } from "../../src/scene/show-manager.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { ShowStream } from "../../src/stream/show-stream.ts";
import { TestRenderer } from "../encode/producers.ts";
import { noise } from "../encode/simulated-link.ts";
import { eventually, SocketClient } from "../server/clients.ts";
import { FrameClient } from "../server/frame-client.ts";
import { boxShow } from "../stream/box-show.ts";
import { type Link, ShapingProxy } from "../support/shaping-proxy.ts";

setDefaultTimeout(60_000);

let server: ScenecastServer;
let opened: DisposableStack;

beforeEach(async () => {
  server = await startServer({ port: 0 });
  opened = new DisposableStack();
});
afterEach(async () => {
  await server.stop();
  opened.dispose();
});

const pointer = { ctrlKey: 0, shiftKey: 0 };
const click = (on: 0 | 1, x: number, timestampInMs: number) => ({
  ...{ type: "mouseLeftClick", on, mouseButton: 0, x, y: 0.5, ...pointer, timestampInMs },
});
const move = (x: number, timestampInMs: number) => ({
  type: "mouseMove",
  x,
  y: 0.5,
  ...pointer,
  timestampInMs,
});

function streamBox(): { show: ShowManager; stream: ShowStream } {
  const show = opened.use(boxShow([160, 120]));
  const stream = opened.use(new ShowStream(show, { pixelFormat: "rgba" }));
  stream.start();
  server.attach(stream.names);
  return { show, stream };
}

test("after a quick drag the last frame of each of three viewers shows the final camera", async () => {
  const { show, stream } = streamBox();
  const viewers = await Promise.all(
    (["jpeg", "jpeg", "video"] as const).map((encoding) => FrameClient.open(server.url, { encoding })),
  );
  for (const viewer of viewers) await viewer.waitForFrame(() => true, "the first frame");
  const [steering] = viewers;
  if (steering === undefined) throw new Error("There is no viewer.");
  const before = show.cameraState;
  steering.send(click(1, 0.4, 1));
  for (let step = 1; step <= 20; step++) steering.send(move(0.4 + 0.01 * step, 1 + step));
  steering.send(click(0, 0.6, 30));
  // The release is the last event; the frames after it have its time stamp.
  await eventually(() => stream.interaction.newestEventTimestamp === 30, "the drag is applied");
  const after = show.cameraState;
  expect(after).not.toEqual(before);
  await eventually(
    () => viewers.every(({ frames }) => frames.at(-1)?.header.eventMs === 30),
    "each viewer has a frame after the release",
  );
  await eventually(() => !stream.loop.busy, "the view is still");
  const last = server.state.frame?.number ?? Number.NaN;
  await eventually(
    () => viewers.every(({ numbers }) => numbers.at(-1) === last),
    "each viewer has the last frame",
  );
  expect(show.cameraState).toEqual(after);
  expect(server.state.camera).toEqual(after);
  for (const viewer of viewers) viewer.close();
});

/** 2.4 Mbit/s: a noisy frame of 320x240 px takes 0.2 s. */
const SLOW: Link = { bytesPerMs: 300, delayMs: 20 };

test("a thousand mouse moves a second do not accumulate latency for a viewer on a slow link", async () => {
  using proxy = new ShapingProxy(server.url, SLOW);
  const renderer = opened.use(new TestRenderer());
  server.attach(renderer.names);
  const random = noise(1);
  const pixels = Uint8Array.from({ length: 320 * 240 * 4 }, () => Math.floor((random() + 1) * 127));
  let written = 0;
  const render = () => {
    // A renderer dequeues all pending events before each frame.
    let row = renderer.queue.dequeue();
    while (!renderer.queue.isEmpty) row = renderer.queue.dequeue();
    pixels.fill(++written % 256, 0, 64 * 320);
    renderer.images.write(320, 240, pixels, { eventTimestamp: row?.[6] ?? null });
  };
  render();
  const viewer = await FrameClient.open(proxy.url);
  const mover = await SocketClient.open(server.url);
  await viewer.waitForFrame(() => true, "the first frame");
  mover.send(click(1, 0.5, 1));
  /** Frames in flight to the viewer, and events pending for the renderer, after each burst. */
  const inFlight: number[] = [];
  const pending: number[] = [];
  for (let burst = 0; burst < 300; burst++) {
    for (let each = 0; each < 10; each++) mover.send(move(0.5, 2 + 10 * burst + each));
    await Bun.sleep(10);
    if (burst % 3 === 0) render();
    pending.push(server.state.events.pending);
    const sent = server.state.viewers.find(({ transport }) => transport === "jpeg")?.frames ?? 0;
    inFlight.push(sent - viewer.frames.length);
  }
  // At most two frames are in flight at any time, and at most as many events are pending in the server as the queue holds.
  expect(Math.max(...inFlight)).toBeLessThanOrEqual(2);
  expect(Math.max(...pending)).toBeLessThanOrEqual(20);
  expect(server.state.events.accepted).toBeGreaterThan(1000);
  expect(viewer.frames.length).toBeGreaterThan(2);
  expect(written - viewer.frames.length).toBeGreaterThan(20);
  // After the last mouse move, only the frame in flight and the newest one arrive.
  const received = viewer.frames.length;
  await eventually(() => viewer.numbers.at(-1) === server.state.frame?.number, "the newest frame arrives");
  expect(new Set(viewer.numbers.slice(received)).size).toBeLessThanOrEqual(3);
  viewer.close();
  mover.close();
});
