import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, ftruncateSync, openSync } from "node:fs";
import fc from "fast-check";
import { SharedMemoryError } from "../../src/native/errors.ts";
import {
  type CopyResult,
  copyUntorn,
  halvePixels,
  type IndexGuard,
  packRgb,
} from "../../src/native/frame-copy.ts";
import type { SharedMemory } from "../../src/native/shared-memory.ts";
import { CreatedSegments } from "./created-segments.ts";
import { linesOf, nextLine, startFixture } from "./processes.ts";

// Two processes share the cores.
setDefaultTimeout(60_000);

const COPIES = 300;
const FRAMES = 20;
const MAX_ROUNDS = 1_000_000;
const segments = new CreatedSegments();
const create = segments.create.bind(segments);

// The writers of these tests fill a frame with one value.
function isOneValue(frame: Uint8Array): boolean {
  return Buffer.compare(frame.subarray(1), frame.subarray(0, frame.length - 1)) === 0;
}

/**
 * Copies until `copies` are whole and include several frames. Returns the number of each result, of different frames, and of torn
 * ones among the whole.
 */
async function copyRepeatedly(copies: number, copy: () => CopyResult, frame: Uint8Array) {
  const counts = { whole: 0, changed: 0, unproven: 0 };
  const values = new Set<number>();
  let torn = 0;
  let last = -1;
  for (let round = 0; (counts.whole < copies || values.size < FRAMES) && round < MAX_ROUNDS; ++round) {
    const copied = copy();
    const result = copied === "same" ? "whole" : copied;
    ++counts[result];
    if (result !== "whole") continue;
    if (!isOneValue(frame)) ++torn;
    const value = frame[0] ?? 0;
    values.add(value);
    // The same frame again: the writer may be waiting for this core.
    if (value === last) await Bun.sleep(1);
    last = value;
  }
  return { ...counts, torn, values: values.size };
}

const PYTHON = Bun.which("python3");

describe("copies guarded by a sequence word", () => {
  test("a copy is never torn while another process writes", async () => {
    const size = 640 * 480 * 4;
    const memory = create(size + 4);
    const writer = startFixture("write-sequenced.ts", [memory.name]);
    expect(await nextLine(writer.lines)).toBe("writing");
    const out = new Uint8Array(size);
    const counts = await copyRepeatedly(
      COPIES,
      () => copyUntorn(out, memory, { memory, sequenceOffset: size }),
      out,
    );
    writer.child.stdin.end();
    await writer.child.exited;
    expect([counts.torn, counts.unproven]).toEqual([0, 0]);
    expect(counts.whole).toBeGreaterThanOrEqual(COPIES);
    expect(counts.values).toBeGreaterThanOrEqual(FRAMES);
  });

  test('a copy is "changed" while the sequence is odd, and "whole" when it is even', () => {
    const memory = create(64);
    const words = new Uint32Array(memory.buffer);
    const out = new Uint8Array(32).fill(1);
    expect(copyUntorn(out, memory, { memory, sequenceOffset: 32 })).toBe("whole");
    words[8] = 7;
    expect(copyUntorn(out, memory, { memory, sequenceOffset: 32 })).toBe("changed");
  });
});

describe("copies of unchanged frames", () => {
  // A difference in the first chunk of 64 KiB, at a boundary, and in the last chunk, which is shorter.
  const size = 3 * 65536 + 100;

  test('a copy is "same" without a change, and "whole" after a change of any byte, with either guard', () => {
    const memory = create(size);
    const info = create(32);
    const pixels = new Uint8Array(memory.buffer);
    const index = { memory: info, indexOffset: 12, stampOffset: 16, slot: 0, slots: 2 };
    for (const guard of [{ memory: info, sequenceOffset: 0 }, index]) {
      const out = Uint8Array.from(pixels);
      for (const at of [0, 1, 65535, 65536, 2 * 65536 + 7, size - 1]) {
        expect(copyUntorn(out, memory, guard)).toBe("same");
        pixels[at] = (pixels[at] ?? 0) + 1;
        expect(copyUntorn(out, memory, guard)).toBe("whole");
        expect(Buffer.compare(out, pixels)).toBe(0);
      }
    }
  });
});

describe("copies guarded by FURY's index", () => {
  function fury(slots: number, width: number, height: number) {
    const info = create((4 + 2 * slots) * 4);
    const images = Array.from({ length: slots }, () => create(width * height * 3));
    const words = new Uint32Array(info.buffer);
    const out = new Uint8Array(width * height * 3);
    const guard = (slot: number): IndexGuard => ({
      memory: info,
      indexOffset: 12,
      stampOffset: 16 + 8 * slot,
      slot,
      slots,
    });
    const copy = (slot = Atomics.load(words, 3)): CopyResult => {
      const memory = images[slot];
      if (memory === undefined) throw new Error(`no buffer ${slot}`);
      return copyUntorn(out, memory, guard(slot));
    };
    return { info, images, words, out, copy };
  }

  // A frame of many chunks; a tiny one, whose buffers the writer cycles through faster than a copy; three buffers.
  for (const [slots, width, height, pause] of [
    [2, 1280, 720, 0],
    [2, 8, 8, 0],
    [3, 320, 240, 0],
  ] as const) {
    test.skipIf(PYTHON === null)(
      `a copy is never torn while Python writes ${slots} buffers of ${width}x${height} (requires python3)`,
      async () => {
        const { info, images, out, copy } = fury(slots, width, height);
        const script = new URL("fixtures/write-indexed.py", import.meta.url).pathname;
        const names = images.map((image) => image.name).join(",");
        const writer = Bun.spawn(
          [PYTHON ?? "", script, info.name, names, `${width}`, `${height}`, `${pause}`],
          {
            stdin: "pipe",
            stdout: "pipe",
            stderr: "inherit",
          },
        );
        expect(await nextLine(linesOf(writer.stdout))).toBe("writing");
        const counts = await copyRepeatedly(COPIES, copy, out);
        writer.stdin.end();
        await writer.exited;
        expect([counts.torn, counts.unproven]).toEqual([0, 0]);
        expect(counts.whole).toBeGreaterThanOrEqual(COPIES);
        expect(counts.values).toBeGreaterThanOrEqual(FRAMES);
      },
    );
  }

  test('a copy of a buffer that is not the current one is "changed"', () => {
    const { words, copy } = fury(2, 4, 4);
    words[3] = 1;
    expect(copy(1)).toBe("same");
    expect(copy(0)).toBe("changed");
  });

  test('a copy from a single buffer is "unproven"', () => {
    const { out, copy } = fury(1, 4, 4);
    out[0] = 1;
    expect(copy()).toBe("unproven");
    expect([copy(), out[0]]).toEqual(["same", 0]);
  });

  test("a copy from a truncated segment throws and does not kill the process", () => {
    const { images, copy, info } = fury(2, 640, 480);
    const cut = (memory: SharedMemory) => {
      const fd = openSync(`/dev/shm/${memory.name}`, "r+");
      ftruncateSync(fd, 5);
      closeSync(fd);
    };
    const [image] = images;
    if (image !== undefined) cut(image);
    expect(() => copy(0)).toThrow("was truncated by its owner");
    cut(info);
    expect(() => copyUntorn(new Uint8Array(20), create(20), { memory: info, sequenceOffset: 0 })).toThrow(
      "was truncated",
    );
  });
});

describe("invalid ranges", () => {
  test("a range outside the segment and an invalid slot are errors", () => {
    const memory = create(100);
    const out = new Uint8Array(100);
    const sequence = { memory, sequenceOffset: 0 };
    const guard = { memory, indexOffset: 12, stampOffset: 16, slot: 0, slots: 2 };
    const cases: [() => unknown, RegExp][] = [
      [
        () => copyUntorn(new Uint8Array(101), memory, sequence),
        /at byte 0, 101 bytes long, is outside its 100 bytes/,
      ],
      [() => copyUntorn(out, memory, { memory, sequenceOffset: -1 }), /-1 is not a number of bytes/],
      [() => copyUntorn(out, memory, { memory, sequenceOffset: 2 }), /cannot be at byte 2/],
      [() => copyUntorn(out, memory, { memory, sequenceOffset: 100 }), /a sequence word at byte 100/],
      [() => copyUntorn(out, memory, { ...guard, slot: 2 }), /no buffer 2 of 2/],
      [() => copyUntorn(out, memory, { ...guard, slots: 0 }), /no buffer 0 of 0/],
      [() => copyUntorn(out, memory, { ...guard, stampOffset: 96 }), /a width and height at byte 96/],
      [() => packRgb(out, out, 10, 10), /do not fit/],
      [() => packRgb(out, out, 2 ** 32, 1), /4294967296 is not a number/],
    ];
    for (const [action, message] of cases) {
      expect(action).toThrow(SharedMemoryError);
      expect(action).toThrow(message);
    }
  });
});

describe("packing of RGBA to RGB", () => {
  test("packing keeps every pixel for all pixel counts around the vector width", () => {
    for (let width = 1; width < 70; ++width) {
      const rgba = new Uint8Array(width * 3 * 4).map((_, index) => index * 37);
      const rgb = new Uint8Array(width * 3 * 3);
      packRgb(rgb, rgba, width, 3);
      expect(rgb).toEqual(new Uint8Array(rgba.filter((_, index) => index % 4 !== 3)));
    }
  });

  test("packing writes nothing after the last pixel", () => {
    const rgb = new Uint8Array(17 * 3 + 8).fill(99);
    packRgb(rgb, new Uint8Array(17 * 4), 17, 1);
    expect([...rgb.subarray(17 * 3)]).toEqual(Array(8).fill(99));
  });
});

const side = fc.integer({ min: 1, max: 9 });
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

test("halving averages squares of 2x2 pixels in each component, rounded", () => {
  fc.assert(
    fc.property(
      fc.tuple(side, side).chain(([w, h]) => fc.tuple(fc.constant([w, h] as const), bytes(16 * w * h))),
      ([[width, height], data]) => {
        const target = new Uint8Array(4 * width * height);
        halvePixels(target, Uint8Array.from(data), width, height);
        const at = (x: number, y: number, c: number) => data[4 * (2 * width * y + x) + c] ?? 0;
        const expected = target.map((_, i) => {
          const [x, y, c] = [Math.floor(i / 4) % width, Math.floor(i / 4 / width), i % 4];
          const sum =
            at(2 * x, 2 * y, c) +
            at(2 * x + 1, 2 * y, c) +
            at(2 * x, 2 * y + 1, c) +
            at(2 * x + 1, 2 * y + 1, c);
          return Math.floor((sum + 2) / 4);
        });
        expect(target).toEqual(expected);
      },
    ),
  );
});

test("halving refuses buffers that are too small", () => {
  expect(() => halvePixels(new Uint8Array(4), new Uint8Array(15), 1, 1)).toThrow(SharedMemoryError);
  expect(() => halvePixels(new Uint8Array(3), new Uint8Array(16), 1, 1)).toThrow(SharedMemoryError);
});
