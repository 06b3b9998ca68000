import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import type { GenericImageBufferManager } from "../../src/fury/generic-image-buffer-manager.ts";
import { MemoryLayoutError } from "../../src/memory/memory-segment.ts";
import { SharedMemoryError } from "../../src/native/errors.ts";
import { IMAGE_KINDS, type ImageShape } from "./kinds.ts";
import { holdsForAll } from "./property.ts";

// A busy machine may take long, see property.ts.
setDefaultTimeout(60_000);

/** FURY's words and all of the extension's, see info-extension.ts. */
const offset = fc.oneof(fc.integer({ min: 0, max: 19 }), fc.integer({ min: 1024, max: 1024 + 192 }));
const word = fc.oneof(
  fc.nat(12),
  fc.nat(0xffffffff),
  fc.constantFrom(0xffffffff, 0x80000000, 0x7ff00000, 0x7ff80000, 0xfff00000, 0x10000),
);
const shape: fc.Arbitrary<ImageShape> = fc.record({
  maxWindowSize: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 12 })),
  numBuffers: fc.integer({ min: 1, max: 8 }),
  pixelFormat: fc.constantFrom("rgb", "rgba"),
});
const story = fc.record({
  shape,
  /** Frames before, so that there is something to lose. */
  frames: fc.nat(3),
  words: fc.array(fc.record({ offset, word }), { minLength: 1, maxLength: 12 }),
  size: fc.record({ width: fc.integer({ min: 1, max: 14 }), height: fc.integer({ min: 1, max: 14 }) }),
});

/** What `action` gives; undefined where it was refused in words of ours. */
function unlessRefused<Value>(action: () => Value): Value | undefined {
  try {
    return action();
  } catch (error) {
    const ours = error instanceof MemoryLayoutError || error instanceof SharedMemoryError;
    if (!ours) throw error;
    expect(error.message).toMatch(/^.{20,600}\.$/s);
    return undefined;
  }
}

/** Calls every getter of a manager, and some of its methods. */
function askAll(manager: GenericImageBufferManager): void {
  const frame = manager.read();
  if (frame) {
    expect(frame.data.length).toBe(frame.width * frame.height * (frame.format === "rgba" ? 4 : 3));
    expect(frame.frame === null || frame.frame > 0).toBeTrue();
  } else expect(manager.problem).toMatch(/.{10,}/);
  const numbers = [frame?.renderedAt, frame?.renderMs, frame?.eventTimestamp, frame?.frame];
  for (const number of numbers) expect(number ?? 0).toBeFinite();
  const newest = manager.newestFrame;
  for (const camera of [manager.camera, newest?.camera]) {
    if (!camera) continue;
    const { position, focalPoint, viewUp, viewAngle, parallelScale = 1 } = camera;
    for (const value of [...position, ...focalPoint, ...viewUp, viewAngle]) expect(value).toBeFinite();
    expect([viewAngle > 0 && viewAngle < 180, parallelScale > 0]).toEqual([true, true]);
  }
  const [width, height] = manager.maxWindowSize;
  expect([width > 0 && height > 0, manager.fits(width, height)]).toEqual([true, true]);
  expect(manager.nextBufferIndex).toBeWithin(0, manager.numBuffers);
  expect(manager.viewers).toBeGreaterThanOrEqual(0);
  expect(Object.keys(manager.eventCapabilities)).toEqual(["resize", "keys", "doubleClick"]);
  manager.viewers = 1;
  manager.wakeRenderer();
  manager.countRender();
  manager.camera = { position: [1, 2, 3], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 };
}

describe.each(IMAGE_KINDS)("$kind", ({ create }) => {
  test("with any info words, reading gives complete frames or a reason, and later frames are read", () => {
    holdsForAll(story, 600, ({ shape, frames, words, size: { width, height } }) => {
      const parts = create(shape);
      const attached = [parts.attach()];
      try {
        const [maxWidth, maxHeight] = shape.maxWindowSize;
        const components = shape.pixelFormat === "rgba" ? 4 : 3;
        const whole = new Uint8Array(maxWidth * maxHeight * components).fill(7);
        for (let frame = 0; frame < frames; frame++) parts.manager.write(maxWidth, maxHeight, whole);
        const before = parts.info.slice();
        for (const { offset, word } of words) parts.info[offset] = word;
        const late = unlessRefused(() => parts.attach());
        if (late) attached.push(late);
        for (const manager of [parts.manager, ...attached]) {
          askAll(manager);
          const data = new Uint8Array(width * height * (manager.pixelFormat === "rgba" ? 4 : 3));
          unlessRefused(() => manager.write(width, height, data));
          unlessRefused(() => manager.reserve(width, height));
        }
        // The producer's words are its own again, as a program's that wrote over them once by mistake.
        parts.info.set(before);
        for (let buffer = 0; buffer < shape.numBuffers; buffer++) {
          parts.manager.write(maxWidth, maxHeight, whole);
          for (const manager of [parts.manager, ...attached.slice(0, 1)]) {
            expect(manager.read()?.data).toEqual(whole);
          }
        }
      } finally {
        for (const manager of attached) manager.close();
        parts.close();
      }
    });
  });
});
