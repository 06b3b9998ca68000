import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { FuryStreamClient } from "../../src/fury/fury-stream-client.ts";
import type { GenericImageBufferManager } from "../../src/fury/generic-image-buffer-manager.ts";
import type { FrameCopy } from "../../src/memory/frame-reader.ts";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { attachImages, KINDS, TIMERS } from "./kinds.ts";
import { countObjects, threeSpheres } from "./three-spheres.ts";

// The first picture of a software driver takes long on a busy machine.
setDefaultTimeout(60_000);

/** Waits for a frame with so many things in it. */
async function frameWith(objects: number, manager: GenericImageBufferManager): Promise<FrameCopy> {
  const found = Promise.withResolvers<FrameCopy>();
  const look = () => {
    const frame = manager.read();
    if (frame && countObjects(frame) === objects) found.resolve(frame);
  };
  const watch = manager.watchFrames(look);
  look();
  const frame = await found.promise;
  watch.close();
  return frame;
}

const WAYS = [
  { timer: "every render", ms: 0, withoutIrenStart: false, useAsyncio: false },
  ...TIMERS.map((timer) => ({ ...timer, ms: 16 })),
];

describe.each(KINDS)("with $kind", ({ useRawArray }) => {
  test.each(WAYS)(
    "a second manager reads the frames of the show, as pixels and as JPEG, written by $timer",
    async ({ ms, withoutIrenStart, useAsyncio }) => {
      using show = threeSpheres();
      using client = new FuryStreamClient(show, { useRawArray, withoutIrenStart });
      using second = attachImages(client.imageBufferManager);
      client.start(ms, useAsyncio);
      expect(await frameWith(3, second)).toMatchObject({ width: 100, height: 200 });
      for (const jpeg of [second.getJpeg(), await second.asyncGetJpeg(1)]) {
        expect(decodeJpeg(jpeg ?? new Uint8Array())).toMatchObject({ width: 100, height: 200 });
      }
      show.scene.remove(...show.scene.children.filter(({ position }) => position.x === 1));
      show.render();
      await frameWith(2, second);
      expect(client.stop()).toBeTrue();
    },
  );
});
