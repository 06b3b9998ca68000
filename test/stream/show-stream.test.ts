import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { Mesh, MeshLambertMaterial, TorusKnotGeometry } from "three";
import { encodeEvent, type SceneEvent } from "../../src/memory/event-row.ts";
import type { FrameCopy } from "../../src/memory/frame-reader.ts";
import { sweepSharedMemory } from "../../src/native/shared-memory.ts";
import { ShowStream, type StreamNames } from "../../src/stream/show-stream.ts";
import { openNamedImages, openNamedQueue } from "../memory/kinds.ts";
import { leftOver } from "../memory/segments.ts";
import { eventually } from "../server/clients.ts";
import { boxShow } from "./box-show.ts";

setDefaultTimeout(60_000);

const allNames = (names: StreamNames) => Object.values(names).flat() as string[];

/** A renderer in another process, and a server's view of its memory. */
async function streamBox() {
  const path = fileURLToPath(new URL("programs/stream-box.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, path], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const { value } = await child.stdout.getReader().read();
  const names = JSON.parse(new TextDecoder().decode(value)) as StreamNames;
  const [manager, queue] = [openNamedImages(names), openNamedQueue(names)];
  return {
    child,
    names,
    manager,
    send(event: SceneEvent) {
      queue.enqueue(encodeEvent(event));
      manager.wakeRenderer();
    },
    /** Waits for a frame that `accept` accepts, the current one included. */
    async frame(accept: (frame: FrameCopy) => boolean): Promise<FrameCopy> {
      const found = Promise.withResolvers<FrameCopy>();
      const check = () => {
        const frame = manager.read();
        if (frame && accept(frame)) found.resolve({ ...frame, data: frame.data.slice() });
      };
      const watch = manager.watchFrames(check);
      check();
      const frame = await found.promise;
      watch.close();
      return frame;
    },
    close() {
      manager.close();
      queue.cleanup();
    },
  };
}

test("a renderer process writes a first frame, rotates on a drag, refines a still view and resizes", async () => {
  const renderer = await streamBox();
  const { manager, child } = renderer;
  manager.viewers = 0;
  const first = await renderer.frame(() => true);
  expect(first).toMatchObject({ width: 160, height: 120, format: "rgba", still: true, eventTimestamp: null });
  expect([...first.data.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
  const middle = (60 * 160 + 80) * 4;
  expect(first.data[middle] ?? 0).toBeGreaterThan((first.data[middle + 1] ?? 0) * 2);
  const camera = manager.camera;
  expect(camera?.viewAngle).toBe(30);

  manager.viewers = 1;
  const keys = { ctrl: false, shift: false, alt: false, meta: false };
  renderer.send({ type: "mousePress", button: 0, x: 0.5, y: 0.5, ...keys, timestamp: 100 });
  for (let move = 1; move <= 10; move++) {
    renderer.send({ type: "mouseMove", x: 0.5 + move * 0.02, y: 0.5, ...keys, timestamp: 100 + move });
  }
  renderer.send({ type: "mouseRelease", button: 0, x: 0.7, y: 0.5, ...keys, timestamp: 111 });
  const turned = await renderer.frame((frame) => (frame.eventTimestamp ?? 0) >= 110);
  expect(turned.still).toBeFalse();
  expect(turned.data).not.toEqual(first.data);
  expect(manager.camera).not.toEqual(camera);
  const refined = await renderer.frame((frame) => frame.still && frame.eventTimestamp === 111);
  expect(refined.frame).toBeGreaterThan(turned.frame ?? 0);

  renderer.send({ type: "resize", width: 100, height: 50, pixelRatio: 2, timestamp: 200 });
  expect(await renderer.frame((frame) => frame.eventTimestamp === 200)).toMatchObject({
    width: 200,
    height: 100,
  });
  const last = await renderer.frame((frame) => frame.still && frame.eventTimestamp === 200);
  expect(manager.renders).toBe(last.frame ?? -1);

  child.stdin.end();
  expect(await child.exited).toBe(0);
  renderer.close();
  expect(leftOver(allNames(renderer.names))).toEqual([]);
});

test("a slow drag has reduced resolution if the viewers accept it, and the still view full resolution", async () => {
  using show = boxShow([160, 120], "angle");
  using stream = new ShowStream(show, { pixelFormat: "rgba" });
  const manager = stream.image;
  // Simulates a software driver, whose time is proportional to the number of pixels.
  show.on("render", ({ width, height }) => Bun.sleepSync((80 * width * height) / (160 * 120)));
  const frames: { width: number; viewSize: unknown; still: boolean; pending: boolean }[] = [];
  let arrived = Promise.withResolvers<void>();
  using watching = new DisposableStack();
  watching.adopt(manager.watchFrames(record), (watch) => watch.close());
  function record() {
    const frame = manager.newestFrame;
    if (frame === null) return;
    const { width, viewSize, still } = frame;
    frames.push({ width, viewSize, still, pending: manager.hasPendingRender });
    arrived.resolve();
    arrived = Promise.withResolvers();
  }
  const until = async (accept: (frame: (typeof frames)[number]) => boolean, steer = true) => {
    for (let last = frames.length; !frames.slice(last).some(accept); await arrived.promise) {
      last = frames.length;
      if (steer) stream.invalidate();
    }
  };
  manager.viewers = 1;
  stream.start();
  await until(({ still }) => still, false);
  for (let moved = 0; moved < 8; moved++) await until(() => true);
  expect(new Set(frames.map(({ width }) => width))).toEqual(new Set([160]));
  expect(frames.every(({ viewSize }) => viewSize === null)).toBeTrue();

  manager.allowReducedResolution = true;
  await until(({ width }) => width === 80);
  expect(frames.at(-1)).toMatchObject({ viewSize: [160, 120], still: false, pending: true });
  expect(show.size).toEqual([160, 120]);
  await until(({ still }) => still, false);
  expect(frames.at(-1)).toEqual({ width: 160, viewSize: null, still: true, pending: false });
  // The next drag begins at the scale of the last one.
  await until(() => true);
  expect(frames.at(-1)?.width).toBe(80);
  // A viewer does not accept reduced resolution.
  manager.allowReducedResolution = false;
  await until(() => true);
  expect(frames.at(-1)?.width).toBe(160);
  // An animation that is not steered keeps full resolution.
  manager.allowReducedResolution = true;
  await until(({ width }) => width === 80);
  stream.animation = { duration: 1, animate: () => {} };
  await until(({ width, pending }) => width === 160 && !pending, false);
  const unsteered = frames.length;
  while (frames.length < unsteered + 4) await arrived.promise;
  expect(new Set(frames.slice(unsteered).map(({ width }) => width))).toEqual(new Set([160]));
});

test("an animation runs only with viewers", async () => {
  using show = boxShow();
  using stream = new ShowStream(show);
  const { image, loop } = stream;
  const renderedAfter = (count: number) => eventually(() => loop.frames > count, `${count + 1} frames`);
  image.viewers = 1;
  stream.animation = { duration: 1, animate: () => {} };
  stream.start();
  await renderedAfter(5);
  image.viewers = 0;
  await eventually(() => loop.viewers === 0, "the loop has no viewers");
  expect(loop.busy).toBeFalse();
  image.viewers = 1;
  await renderedAfter(loop.frames);
});

test("kill -9: the camera can still be read, and the next sweep removes the segments", async () => {
  const renderer = await streamBox();
  await renderer.frame(() => true);
  const { camera } = renderer.manager;
  renderer.child.kill("SIGKILL");
  await renderer.child.exited;
  expect(renderer.manager.camera).toEqual(camera);
  expect(camera).not.toBeNull();
  renderer.close();
  sweepSharedMemory();
  expect(leftOver(allNames(renderer.names))).toEqual([]);
});

test("a render is pending from a change until the full-quality or animated frame is written for a viewer", async () => {
  using show = boxShow();
  using stream = new ShowStream(show);
  const manager = stream.image;
  const rendered = (expected: { still: boolean }) =>
    new Promise<void>((resolve) => {
      const watch = manager.watchFrames(() => {
        if (manager.newestFrame?.still !== expected.still) return;
        watch.close();
        resolve();
      });
    });
  manager.viewers = 0;
  const first = rendered({ still: true });
  stream.start();
  await first;
  expect(manager.hasPendingRender).toBeFalse();
  stream.invalidate();
  const draft = rendered({ still: false });
  const fullView = rendered({ still: true });
  expect(manager.hasPendingRender).toBeTrue();
  manager.viewers = 1;
  await draft;
  expect(manager.hasPendingRender).toBeTrue();
  await fullView;
  expect(manager.hasPendingRender).toBeFalse();
  stream.animation = { duration: 1, animate: () => {} };
  expect(manager.hasPendingRender).toBeTrue();
  await rendered({ still: false });
  expect(manager.hasPendingRender).toBeFalse();
});

test("the frames of a preview are not still, and a render is pending until the scene is loaded", async () => {
  using show = boxShow();
  using stream = new ShowStream(show);
  const { image } = stream;
  image.viewers = 1;
  stream.isProvisional = true;
  stream.start();
  await eventually(() => image.newestFrame !== null && !stream.loop.busy, "the preview is published");
  expect([image.newestFrame?.still, image.hasPendingRender]).toEqual([false, true]);
  stream.isProvisional = false;
  stream.invalidate();
  await eventually(() => image.newestFrame?.still === true, "the full view is published");
  expect(image.hasPendingRender).toBeFalse();
});

test("a render is pending until a progressive full view is complete, and its completeness is reported", async () => {
  using show = boxShow([640, 480], "angle");
  show.add(new Mesh(new TorusKnotGeometry(1, 0.3, 4000, 60), new MeshLambertMaterial()));
  const renderSteps = show.renderSteps.bind(show);
  // Slows down the steps, so that the view is reported on any computer.
  show.renderSteps = function* () {
    for (const share of renderSteps(1)) {
      Bun.sleepSync(100);
      yield share;
    }
  };
  const reported: (number | null)[] = [];
  const frames: [still: boolean | null | undefined, pending: boolean][] = [];
  using stream = new ShowStream(show, { onCompleteness: (share) => reported.push(share) });
  const { image } = stream;
  using watching = new DisposableStack();
  const record = () => frames.push([image.newestFrame?.still, image.hasPendingRender]);
  watching.adopt(image.watchFrames(record), (watch) => watch.close());
  image.viewers = 1;
  stream.start();
  stream.invalidate();
  await eventually(() => reported.length >= 2, "the completeness is reported");
  expect(reported.every((share) => share !== null && share >= 0 && share < 1)).toBeTrue();
  expect(reported).toEqual(reported.toSorted());
  expect([stream.loop.busy, image.hasPendingRender]).toEqual([true, true]);
  stream.invalidate();
  expect(reported.at(-1)).toBeNull();
  await eventually(() => !image.hasPendingRender, "the full view is complete");
  expect(reported.at(-1)).toBeNull();
  await eventually(() => frames.at(-1)?.[0] === true, "the full view is published");
  expect(frames.filter(([still]) => still === false).length).toBeGreaterThan(2);
  expect(stream.loop.busy).toBeFalse();
});

test("nothing is rendered for a server that sends no heartbeat, until it sends one again", async () => {
  using show = boxShow();
  using stream = new ShowStream(show, { serverSilenceMs: 100 });
  const manager = stream.image;
  stream.animation = { duration: 1, animate: () => {} };
  stream.start();
  const hasViewers = (viewers: number) =>
    eventually(() => stream.loop.viewers === viewers, `the loop has ${viewers} viewers`);
  manager.viewers = 2;
  await hasViewers(2);
  await hasViewers(0);
  expect(stream.loop.busy).toBeFalse();
  manager.wakeRenderer();
  await hasViewers(2);
  expect(stream.loop.busy).toBeTrue();
  await hasViewers(0);
});

test("stop returns false if stopped already, cleanup removes all segments and may be called twice, and invalid options throw", () => {
  using show = boxShow();
  const stream = new ShowStream(show);
  stream.start();
  expect([stream.stop(), stream.stop()]).toEqual([true, false]);
  stream.cleanup();
  stream.cleanup();
  expect(leftOver(allNames(stream.names))).toEqual([]);
  expect(() => new ShowStream(show, { maxQueueSize: 0 })).toThrow("maxSize must be a whole number");
});

test("an update of the scene waits for the end of a frame that is drawn in steps", async () => {
  using show = boxShow([64, 48]);
  using stream = new ShowStream(show);
  const done: string[] = [];
  const steps = Promise.withResolvers<void>();
  show.renderSteps = function* () {
    yield 0.5;
    stream.betweenFrames(() => done.push("update"));
    done.push("step");
    yield 0.9;
    done.push("step");
    steps.resolve();
  };
  stream.betweenFrames(() => done.push("before"));
  expect(done).toEqual(["before"]);
  stream.start();
  await steps.promise;
  await eventually(() => done.length === 4, "the update has run");
  expect(done).toEqual(["before", "step", "step", "update"]);
});
