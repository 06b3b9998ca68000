import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { callbackStreamClient, FuryStreamClient } from "../../src/fury/fury-stream.ts";
import { attachImages } from "../memory/kinds.ts";
import { leftOver } from "../memory/segments.ts";
import { timerThreads, untilTimerThreads } from "../native/processes.ts";
import { boxShow } from "../stream/box-show.ts";
import { KINDS, severalTicks, TIMERS } from "./stream-options.ts";

// The first frame of a software driver is slow on a busy machine.
setDefaultTimeout(60_000);

describe.each(KINDS)("with $kind", ({ useRawArray }) => {
  test.each(["rgb", "rgba"] as const)(
    "start writes a %s frame immediately, and one after every render, bottom-up, with its camera",
    (pixelFormat) => {
      using show = boxShow([33, 20]); // rows of 99 bytes: nothing is aligned
      using client = new FuryStreamClient(show, { pixelFormat, useRawArray });
      using server = attachImages(client.imageBufferManager);
      expect([client.isRunning, server.read()]).toEqual([false, null]);
      client.start();
      expect([client.isRunning, show.renders]).toEqual([true, 1]);
      const snapshot = show.snapshot();
      const frame = server.read();
      expect(frame).toMatchObject({ width: 33, height: 20, format: pixelFormat, frame: 1 });
      const components = pixelFormat === "rgba" ? 4 : 3;
      const topDown = Array.from({ length: 20 }, (_, row) => {
        const start = (19 - row) * 33 * components;
        return Array.from(frame?.data.subarray(start, start + 33 * components) ?? []);
      }).flat();
      const expected = Array.from(snapshot.data).filter((_, index) => components === 4 || index % 4 !== 3);
      expect(topDown).toEqual(expected);
      expect(server.newestFrame).toMatchObject({ frame: 1, camera: show.cameraState });
      show.render();
      expect([server.read()?.frame, server.renders]).toEqual([2, 2]);
    },
  );

  test.each(TIMERS)(
    "with an interval on $timer the newest frame is written once, and a frame of a previous size is not written",
    async ({ withoutIrenStart, useAsyncio }) => {
      using show = boxShow();
      using client = new FuryStreamClient(show, {
        maxWindowSize: [100, 100],
        useRawArray,
        withoutIrenStart,
      });
      using server = attachImages(client.imageBufferManager);
      await untilTimerThreads(0);
      client.start(1, useAsyncio);
      expect(timerThreads()).toBe(withoutIrenStart && !useAsyncio ? 1 : 0);
      expect([server.read()?.frame, server.renders]).toEqual([1, 1]);
      const written = Promise.withResolvers<void>();
      const watch = server.watchFrames(written.resolve);
      show.render();
      show.render();
      expect(server.read()?.frame).toBe(1);
      await written.promise;
      watch.close();
      expect([server.read()?.frame, server.renders]).toEqual([2, 3]);
      show.render();
      show.resize(90, 90);
      await severalTicks();
      expect(server.read()).toMatchObject({ frame: 2, width: 64, height: 48 });
      client.stop();
      await untilTimerThreads(0);
    },
  );

  test("the show may be resized within maxWindowSize, by default 10 % per side; beyond it an oversize notice is written", () => {
    using show = boxShow();
    using client = new FuryStreamClient(show, { useRawArray });
    expect(client.imageBufferManager.maxWindowSize).toEqual([70, 52]);
    using wide = new FuryStreamClient(show, { maxWindowSize: [320, 200], useRawArray });
    using server = attachImages(wide.imageBufferManager);
    wide.start();
    show.resize(200, 320);
    show.render();
    expect(server.read()).toMatchObject({ width: 200, height: 320, frame: 2 });
    show.resize(321, 200);
    show.render();
    expect(server.read()).toMatchObject({ width: 320, height: 200, frame: 3 });
  });

  test("start twice is a restart, stop when stopped is false, and after stop nothing is written", async () => {
    using show = boxShow();
    using client = new FuryStreamClient(show, { useRawArray });
    expect(client.stop()).toBeFalse();
    client.start(1);
    client.start();
    show.render();
    await severalTicks();
    expect(client.imageBufferManager.read()?.frame).toBe(3);
    expect([client.stop(), client.isRunning, client.stop()]).toEqual([true, false, false]);
    show.render();
    expect(client.imageBufferManager.read()?.frame).toBe(3);
  });

  test("callbackStreamClient writes the show's frame once, even if the client was not started", () => {
    using show = boxShow();
    using client = new FuryStreamClient(show, { useRawArray });
    const manager = client.imageBufferManager;
    expect([callbackStreamClient(client), manager.read()]).toEqual([false, null]);
    show.render();
    expect([callbackStreamClient(client), callbackStreamClient(client)]).toEqual([true, false]);
    expect([manager.read()?.frame, manager.renders]).toEqual([1, 1]);
    show.render();
    client.cleanup();
    expect(callbackStreamClient(client)).toBeFalse();
  });

  test("cleanup stops and releases the memory, and may be called twice", () => {
    using show = boxShow();
    const client = new FuryStreamClient(show, { numBuffers: 3, useRawArray });
    expect(client.imageBufferManager.numBuffers).toBe(3);
    client.start();
    client.cleanup();
    client.cleanup();
    show.render();
    expect([client.isRunning, client.stop()]).toEqual([false, false]);
  });
});

test("the option useRawArray decides the type of the memory: names or buffers", () => {
  using show = boxShow();
  const shared = new FuryStreamClient(show, { useRawArray: false, numBuffers: 1 });
  const { image_buffer_names, info_buffer_name } = shared.imageBufferManager.names;
  expect(leftOver([...image_buffer_names, info_buffer_name]).length).toBe(2);
  shared.cleanup();
  expect(leftOver([...image_buffer_names, info_buffer_name])).toEqual([]);
  using arrays = new FuryStreamClient(show, { numBuffers: 3 });
  const { imageBuffers, infoBuffer } = arrays.imageBufferManager;
  expect([imageBuffers.length, infoBuffer instanceof SharedArrayBuffer]).toEqual([3, true]);
});

test("a maxWindowSize below the show's size and an invalid interval are errors", () => {
  using show = boxShow();
  expect(() => new FuryStreamClient(show, { maxWindowSize: [10, 10] })).toThrow(
    "maxWindowSize is 10x10 px, but the show is 64x48. Make maxWindowSize at least as large.",
  );
  using client = new FuryStreamClient(show);
  expect(() => client.start(-1)).toThrow("must be 0 ms or more; it is -1.");
  expect(() => client.start(Number.NaN)).toThrow(RangeError);
  expect(() => client.start(Number.POSITIVE_INFINITY)).toThrow("An interval is at most 2147483647 ms");
  expect([client.isRunning, show.renders]).toEqual([false, 0]);
});

test("starting a client of a disposed show throws and leaves the client stopped", () => {
  const show = boxShow();
  using client = new FuryStreamClient(show, { withoutIrenStart: true });
  show.dispose();
  expect(() => client.start(1)).toThrow("has been disposed");
  expect(client.isRunning).toBeFalse();
});
