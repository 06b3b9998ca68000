import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import type { GenericImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import type { ImageShape } from "../../src/memory/image-memory.ts";
import { MemoryLayoutError } from "../../src/memory/memory-segment.ts";
import { SharedMemoryError } from "../../src/native/errors.ts";
import { attachImages, imageSegments, KINDS } from "../memory/kinds.ts";
import { holdsForAll } from "./property.ts";

// The time per property is limited, see property.ts; starting is slow on a busy machine.
setDefaultTimeout(60_000);

/** Offset of a word of FURY's part or of the extension, see native/scenecast_memory.h. */
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
const scenario = fc.record({
  shape,
  /** Number of frames that are written before the words are changed. */
  frames: fc.nat(3),
  words: fc.array(fc.record({ offset, word }), { minLength: 1, maxLength: 12 }),
  size: fc.record({ width: fc.integer({ min: 1, max: 14 }), height: fc.integer({ min: 1, max: 14 }) }),
});

/** Result of `action`; undefined if it threw one of the documented errors. */
function unlessRefused<Value>(action: () => Value): Value | undefined {
  try {
    return action();
  } catch (error) {
    const isDocumented = error instanceof MemoryLayoutError || error instanceof SharedMemoryError;
    if (!isDocumented) throw error;
    expect(error.message).toMatch(/^.{20,600}\.$/s);
    return undefined;
  }
}

/** Calls every getter of a manager, and some of its methods. */
function callAllGetters(manager: GenericImageBufferManager): void {
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

describe.each(KINDS)("%s", (_, kind) => {
  test("with any info words a read returns a complete frame or a reason, and later frames are read", () => {
    holdsForAll(scenario, 600, ({ shape, frames, words, size: { width, height } }) => {
      using created = kind.images(shape);
      using segments = imageSegments(created);
      const info = new Uint32Array(segments.info.buffer);
      const attached = [attachImages(created)];
      try {
        const [maxWidth, maxHeight] = created.maxWindowSize;
        const components = shape.pixelFormat === "rgba" ? 4 : 3;
        const whole = new Uint8Array(maxWidth * maxHeight * components).fill(7);
        for (let frame = 0; frame < frames; frame++) created.write(maxWidth, maxHeight, whole);
        const before = info.slice();
        for (const { offset, word } of words) info[offset] = word;
        const late = unlessRefused(() => attachImages(created));
        if (late) attached.push(late);
        for (const manager of [created, ...attached]) {
          callAllGetters(manager);
          const data = new Uint8Array(width * height * (manager.pixelFormat === "rgba" ? 4 : 3));
          unlessRefused(() => manager.write(width, height, data));
          unlessRefused(() => manager.reserve(width, height));
        }
        // The words are restored, as after a single accidental write of another program.
        info.set(before);
        for (let buffer = 0; buffer < created.numBuffers; buffer++) {
          created.write(maxWidth, maxHeight, whole);
          for (const manager of [created, ...attached.slice(0, 1)]) {
            expect(manager.read()?.data).toEqual(whole);
          }
        }
      } finally {
        for (const manager of attached) manager.close();
      }
    });
  });
});
