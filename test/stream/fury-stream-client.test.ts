import { expect, setDefaultTimeout, test } from "bun:test";
import { SharedMemImageBufferManager } from "../../src/memory/shared-mem-image-buffer-manager.ts";
import { FuryStreamClient } from "../../src/stream/fury-stream-client.ts";
import { leftOver } from "../memory/segments.ts";
import { boxShow } from "./box-show.ts";

// The first picture of a software driver takes long on a busy machine.
setDefaultTimeout(60_000);

function attach(client: FuryStreamClient): SharedMemImageBufferManager {
  const { imageBufferNames, infoBufferName } = client.imageBufferManager;
  return new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
}

test.each(["rgb", "rgba"] as const)(
  "after every render the %s picture is there, bottom-up, with its camera",
  (pixelFormat) => {
    using show = boxShow([33, 20]); // rows of 99 bytes: nothing is aligned
    using client = new FuryStreamClient(show, { pixelFormat });
    using server = attach(client);
    client.start();
    expect(server.getCurrentFrame()).toBeNull();
    show.render();
    const picture = show.snapshot();
    const frame = server.getCurrentFrame();
    expect(frame).toMatchObject({ width: 33, height: 20, format: pixelFormat, frame: 1 });
    const components = pixelFormat === "rgba" ? 4 : 3;
    const topDown = Array.from({ length: 20 }, (_, row) => {
      const start = (19 - row) * 33 * components;
      return Array.from(frame?.data.subarray(start, start + 33 * components) ?? []);
    }).flat();
    const expected = Array.from(picture.data).filter((_, index) => components === 4 || index % 4 !== 3);
    expect(topDown).toEqual(expected);
    expect(server.newestFrame).toMatchObject({ frame: 1, camera: show.cameraState });
    show.render();
    expect([server.getCurrentFrame()?.frame, server.renders]).toEqual([2, 2]);
  },
);

test("with an interval, the newest picture is written once, and one that was not read at its size is not", async () => {
  using show = boxShow();
  using client = new FuryStreamClient(show, { maxWindowSize: [100, 100] });
  using server = attach(client);
  client.start(1);
  const written = Promise.withResolvers<void>();
  const watch = server.watchFrames(written.resolve);
  show.render();
  show.render();
  expect(server.getCurrentFrame()).toBeNull();
  await written.promise;
  watch.close();
  expect([server.getCurrentFrame()?.frame, server.renders]).toEqual([1, 2]);
  show.render();
  show.resize(90, 90);
  await Bun.sleep(20); // several intervals in which nothing may be written
  expect(server.getCurrentFrame()).toMatchObject({ frame: 1, width: 64, height: 48 });
  client.stop();
});

test("the show may be resized within maxWindowSize; beyond it the picture says so", () => {
  using show = boxShow();
  using client = new FuryStreamClient(show, { maxWindowSize: [320, 200] });
  using server = attach(client);
  client.start();
  show.resize(200, 320);
  show.render();
  expect(server.getCurrentFrame()).toMatchObject({ width: 200, height: 320 });
  show.resize(321, 200);
  show.render();
  expect(server.getCurrentFrame()).toMatchObject({ width: 320, height: 200, frame: 2 });
});

test("what is told of a frame travels with it", () => {
  using show = boxShow();
  using client = new FuryStreamClient(show);
  client.start();
  client.expectFrame({ still: true, eventTimestamp: 77.5 });
  show.render();
  const frame = client.imageBufferManager.getCurrentFrame();
  expect(frame).toMatchObject({ still: true, eventTimestamp: 77.5 });
  expect(frame?.renderMs).toBeGreaterThan(0);
  show.render();
  expect(client.imageBufferManager.getCurrentFrame()).toMatchObject({
    still: false,
    eventTimestamp: null,
    renderMs: null,
  });
});

test("start twice is a restart, stop when stopped is false, and after stop nothing is written", () => {
  using show = boxShow();
  using client = new FuryStreamClient(show);
  expect(client.stop()).toBeFalse();
  client.start();
  client.start();
  show.render();
  expect(client.imageBufferManager.getCurrentFrame()?.frame).toBe(1);
  expect([client.stop(), client.stop()]).toEqual([true, false]);
  show.render();
  expect(client.imageBufferManager.getCurrentFrame()?.frame).toBe(1);
});

test("a maxWindowSize below the show's size and a negative interval are errors, and leave nothing", () => {
  using show = boxShow();
  expect(() => new FuryStreamClient(show, { maxWindowSize: [10, 10] })).toThrow(
    "maxWindowSize is 10x10 px, but the show is 64x48. Make maxWindowSize at least as large.",
  );
  using client = new FuryStreamClient(show);
  expect(() => client.start(-1)).toThrow("must be 0 ms or more; it is -1.");
  expect(() => client.start(Number.NaN)).toThrow(RangeError);
});

test("cleanup stops and removes the segments, and may be called twice", () => {
  using show = boxShow();
  const client = new FuryStreamClient(show, { numBuffers: 3 });
  const { image_buffer_names, info_buffer_name } = client.imageBufferManager.names;
  client.start();
  client.cleanup();
  client.cleanup();
  show.render();
  expect(leftOver([...image_buffer_names, info_buffer_name])).toEqual([]);
});
