import { describe, expect, setDefaultTimeout, test } from "bun:test";
import type { GenericImageBufferManager } from "../../src/memory/generic-image-buffer-manager.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { FuryStreamClient } from "../../src/stream/fury-stream-client.ts";
import { leftOver } from "../memory/segments.ts";
import { attachImages, KINDS, namesOf } from "./attach.ts";
import { countObjects, threeSpheres } from "./three-spheres.ts";

// The first picture of a software driver takes long on a busy machine.
setDefaultTimeout(60_000);

/** The newest frame once there is one. */
async function firstFrame(manager: GenericImageBufferManager) {
  const written = Promise.withResolvers<void>();
  const watch = manager.watchFrames(written.resolve);
  if (manager.getCurrentFrame() === null) await written.promise;
  watch.close();
  return manager.getCurrentFrame();
}

const INTERVALS = [
  { ms: 0, withoutIrenStart: false, useAsyncio: false, when: "after every render" },
  { ms: 16, withoutIrenStart: false, useAsyncio: false, when: "by the show's own timers" },
  { ms: 16, withoutIrenStart: true, useAsyncio: false, when: "by IntervalTimerThreading" },
  { ms: 16, withoutIrenStart: true, useAsyncio: true, when: "by IntervalTimer" },
] as const;

describe.each(KINDS)("with $kind", ({ useRawArray }) => {
  test.each(INTERVALS)(
    "a second manager sees what the show shows, as pixels and as JPEG, written $when",
    async ({ ms, withoutIrenStart, useAsyncio }) => {
      using show = threeSpheres();
      using client = new FuryStreamClient(show, { useRawArray, withoutIrenStart });
      using second = attachImages(client.imageBufferManager);
      show.render();
      client.start(ms, useAsyncio);
      show.render();
      const frame = await firstFrame(second);
      expect([frame?.width, frame?.height]).toEqual([100, 200]);
      expect(frame && countObjects(frame)).toBe(3);
      const jpegs = [second.getJpeg(), await second.asyncGetJpeg(1)];
      for (const jpeg of jpegs) {
        const picture = decodeJpeg(jpeg ?? new Uint8Array());
        expect([picture.width, picture.height]).toEqual([100, 200]);
      }
      expect(client.stop()).toBeTrue();
    },
  );

  test.each(INTERVALS)("starting twice is a restart, stopping when stopped is false, $when", (interval) => {
    const { ms, withoutIrenStart, useAsyncio } = interval;
    using show = threeSpheres();
    using client = new FuryStreamClient(show, { useRawArray, withoutIrenStart });
    expect(client.stop()).toBeFalse();
    client.start(ms, useAsyncio);
    client.start(ms, useAsyncio);
    expect([client.stop(), client.stop()]).toEqual([true, false]);
    client.start(ms, useAsyncio);
    client.cleanup();
    client.cleanup();
    expect(client.stop()).toBeFalse();
    expect(leftOver(namesOf(client.imageBufferManager))).toEqual([]);
  });

  test("the buffers must hold the show; one that outgrows them is replaced by words, and comes back", () => {
    using show = threeSpheres();
    expect(() => new FuryStreamClient(show, { useRawArray, maxWindowSize: [90, 200] })).toThrow(
      "maxWindowSize is 90x200 px, but the show is 100x200. Make maxWindowSize at least as large.",
    );
    using client = new FuryStreamClient(show, { useRawArray, maxWindowSize: [100, 200] });
    const manager = client.imageBufferManager;
    expect(manager.bufferIndex).toBe(0);
    client.start();
    show.resize(310, 410);
    show.render();
    const words = manager.getCurrentFrame();
    expect([words?.width, words?.height]).toEqual([100, 200]);
    show.resize(80, 150);
    show.render();
    const frame = manager.getCurrentFrame();
    expect([frame?.width, frame?.height]).toEqual([80, 150]);
    expect(frame && countObjects(frame)).toBe(3);
  });
});
