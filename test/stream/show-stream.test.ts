import { expect, setDefaultTimeout, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";
import { encodeEvent, type SceneEvent } from "../../src/memory/event-row.ts";
import type { FrameCopy } from "../../src/memory/frame-reader.ts";
import { sweepSharedMemory } from "../../src/native/shared-memory.ts";
import { ShowStream, type StreamNames } from "../../src/stream/show-stream.ts";
import { leftOver } from "../memory/segments.ts";
import { eventually } from "../server/clients.ts";
import { boxShow } from "./box-show.ts";

setDefaultTimeout(60_000);

const allNames = (names: StreamNames) => Object.values(names).flat() as string[];

/** A renderer in another process, and our end of its memory. */
async function streamBox(...args: string[]) {
  const path = fileURLToPath(new URL("programs/stream-box.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, path, ...args], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const { value } = await child.stdout.getReader().read();
  const names = JSON.parse(new TextDecoder().decode(value)) as StreamNames;
  const manager = new SharedMemImageBufferManager({
    imageBufferNames: names.image_buffer_names,
    infoBufferName: names.info_buffer_name,
  });
  const queue = new SharedMemCircularQueue({
    bufferName: names.queue_buffer_name,
    headTailBufferName: names.queue_head_tail_buffer_name,
  });
  return {
    child,
    names,
    manager,
    send(event: SceneEvent) {
      queue.enqueue(encodeEvent(event));
      manager.wakeRenderer();
    },
    /** The first frame from now on, the current one included, that is wanted. */
    async frame(wanted: (frame: FrameCopy) => boolean): Promise<FrameCopy> {
      const found = Promise.withResolvers<FrameCopy>();
      const look = () => {
        const frame = manager.read();
        if (frame && wanted(frame)) found.resolve({ ...frame, data: frame.data.slice() });
      };
      const watch = manager.watchFrames(look);
      look();
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
  const keys = { ctrl: false, shift: false };
  renderer.send({ type: "mousePress", button: 0, x: 0.5, y: 0.5, ...keys, timestamp: 100 });
  for (let move = 1; move <= 10; move++) {
    renderer.send({ type: "mouseMove", x: 0.5 + move * 0.02, y: 0.5, ...keys, timestamp: 100 + move });
  }
  renderer.send({ type: "mouseRelease", button: 0, x: 0.7, y: 0.5, ...keys, timestamp: 111 });
  const turned = await renderer.frame((frame) => (frame.eventTimestamp ?? 0) >= 110);
  expect(turned.still).toBeFalse();
  expect(turned.data).not.toEqual(first.data);
  expect(manager.camera).not.toEqual(camera);
  const rested = await renderer.frame((frame) => frame.still && frame.eventTimestamp === 111);
  expect(rested.frame).toBeGreaterThan(turned.frame ?? 0);

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
  // What pixels cost on a software driver.
  show.on("render", ({ width, height }) => Bun.sleepSync((80 * width * height) / (160 * 120)));
  const frames: { width: number; viewSize: unknown; still: boolean; due: boolean }[] = [];
  let came = Promise.withResolvers<void>();
  using watching = new DisposableStack();
  watching.adopt(manager.watchFrames(look), (watch) => watch.close());
  function look() {
    const frame = manager.newestFrame;
    if (frame === null) return;
    const { width, viewSize, still } = frame;
    frames.push({ width, viewSize, still, due: manager.hasPendingRender });
    came.resolve();
    came = Promise.withResolvers();
  }
  const until = async (wanted: (frame: (typeof frames)[number]) => boolean, steer = true) => {
    for (let last = frames.length; !frames.slice(last).some(wanted); await came.promise) {
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
  expect(frames.at(-1)).toMatchObject({ viewSize: [160, 120], still: false, due: true });
  expect(show.size).toEqual([160, 120]);
  await until(({ still }) => still, false);
  expect(frames.at(-1)).toEqual({ width: 160, viewSize: null, still: true, due: false });
  // The next drag begins as the last one ended.
  await until(() => true);
  expect(frames.at(-1)?.width).toBe(80);
  // Somebody looks who does not take it.
  manager.allowReducedResolution = false;
  await until(() => true);
  expect(frames.at(-1)?.width).toBe(160);
  // What moves by itself, and is not steered, is never blurred.
  manager.allowReducedResolution = true;
  await until(({ width }) => width === 80);
  stream.animation = { duration: 1, animate: () => {} };
  await until(({ width, due }) => width === 160 && !due, false);
  const unsteered = frames.length;
  while (frames.length < unsteered + 4) await came.promise;
  expect(new Set(frames.slice(unsteered).map(({ width }) => width))).toEqual(new Set([160]));
});

test("an animation runs only with viewers", async () => {
  const renderer = await streamBox("alive");
  renderer.manager.viewers = 1;
  const { frame = 0 } = await renderer.frame(() => true);
  await renderer.frame((later) => (later.frame ?? 0) >= (frame ?? 0) + 5);
  renderer.manager.viewers = 0;
  // It may be in the middle of a frame; then there are no more.
  let renders = -1;
  while (renders !== renderer.manager.renders) {
    renders = renderer.manager.renders;
    await Bun.sleep(100);
  }
  renderer.manager.viewers = 1;
  await renderer.frame((later) => (later.frame ?? 0) > renders);
  renderer.child.stdin.end();
  expect(await renderer.child.exited).toBe(0);
  renderer.close();
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

test("a render is pending from a change until the full-quality or animated frame is written, with viewers only", async () => {
  using show = boxShow();
  using stream = new ShowStream(show);
  const manager = stream.image;
  const rendered = (wanted: { still: boolean }) =>
    new Promise<void>((resolve) => {
      const watch = manager.watchFrames(() => {
        if (manager.newestFrame?.still !== wanted.still) return;
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
  const rest = rendered({ still: true });
  expect(manager.hasPendingRender).toBeTrue();
  manager.viewers = 1;
  await draft;
  expect(manager.hasPendingRender).toBeTrue();
  await rest;
  expect(manager.hasPendingRender).toBeFalse();
  stream.animation = { duration: 1, animate: () => {} };
  expect(manager.hasPendingRender).toBeTrue();
  await rendered({ still: false });
  expect(manager.hasPendingRender).toBeFalse();
});

test("for the viewers of a server that is silent nothing is rendered, until it is heard again", async () => {
  using show = boxShow();
  using stream = new ShowStream(show, { serverSilenceMs: 100 });
  const manager = stream.image;
  stream.animation = { duration: 1, animate: () => {} };
  stream.start();
  const counts = (viewers: number) =>
    eventually(() => stream.loop.viewers === viewers, `the loop has ${viewers} viewers`);
  manager.viewers = 2;
  await counts(2);
  await counts(0);
  expect(stream.loop.busy).toBeFalse();
  manager.wakeRenderer();
  await counts(2);
  expect(stream.loop.busy).toBeTrue();
  await counts(0);
});

test("stop is false when stopped, cleanup leaves nothing and may be called twice, a failed start leaves nothing", () => {
  using show = boxShow();
  const stream = new ShowStream(show);
  stream.start();
  expect([stream.stop(), stream.stop()]).toEqual([true, false]);
  stream.cleanup();
  stream.cleanup();
  expect(leftOver(allNames(stream.names))).toEqual([]);
  expect(() => new ShowStream(show, { maxQueueSize: 0 })).toThrow("maxSize must be a whole number");
});
