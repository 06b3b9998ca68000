import { afterEach, expect, test } from "bun:test";
import { SharedMemoryError } from "../../src/native/errors.ts";
import { copyUntorn } from "../../src/native/frame-copy.ts";
import { closeLocalMemory, type NativeMemory, openLocalMemory } from "../../src/native/shared-memory.ts";
import { wakeWord, watchWord } from "../../src/native/word-watch.ts";

const closes: (() => void)[] = [];

afterEach(() => {
  for (const close of closes.splice(0)) close();
});

/** A SharedArrayBuffer with a handle of the C library. */
function local(bytes: number): NativeMemory & { bytes: Uint8Array; words: Uint32Array } {
  const buffer = new SharedArrayBuffer(bytes);
  const owner = {};
  const handle = openLocalMemory(owner, buffer);
  closes.push(() => closeLocalMemory(owner, handle));
  return { handle, buffer, bytes: new Uint8Array(buffer), words: new Uint32Array(buffer) };
}

test("a SharedArrayBuffer is copied like shared memory, with either guard", () => {
  const image = local(300_000);
  const info = local(64);
  image.bytes.forEach((_, index) => {
    image.bytes[index] = index * 31;
  });
  const sequence = { memory: info, sequenceOffset: 0 };
  const index = { memory: info, indexOffset: 12, stampOffset: 16, slot: 0, slots: 2 };
  const out = new Uint8Array(299_999);
  for (const guard of [sequence, index]) {
    out.fill(0);
    expect(copyUntorn(out, image, guard)).toBe("whole");
    expect(Buffer.compare(out, image.bytes.subarray(0, 299_999))).toBe(0);
  }
  info.words[0] = 1;
  expect(copyUntorn(out, image, sequence)).toBe("changed");
  info.words[3] = 1;
  expect(copyUntorn(out, image, index)).toBe("changed");
});

for (const mode of ["futex", "poll"] as const) {
  test(`a ${mode} watch reports each change of a word of a SharedArrayBuffer until it is closed`, async () => {
    const memory = local(64);
    const reported: number[] = [];
    let arrived = Promise.withResolvers<void>();
    const watch = watchWord(memory, 60, mode, (value) => {
      reported.push(value);
      arrived.resolve();
    });
    for (let value = 1; value <= 20; value++) {
      arrived = Promise.withResolvers<void>();
      if (mode === "futex") wakeWord(memory, 60);
      else Atomics.add(memory.words, 15, 1);
      await arrived.promise;
    }
    watch.close();
    wakeWord(memory, 60);
    watch.close();
    expect(reported).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(memory.words[15]).toBe(21);
  });
}

test("an offset outside a SharedArrayBuffer is an error", () => {
  const memory = local(100);
  for (const offset of [2, 98, 100, 1e9]) {
    expect(() => watchWord(memory, offset, "futex", () => {})).toThrow(SharedMemoryError);
    expect(() => wakeWord(memory, offset)).toThrow(
      `a SharedArrayBuffer: has no 32-bit word at byte ${offset}.`,
    );
  }
  expect(() => copyUntorn(new Uint8Array(200), memory, { memory, sequenceOffset: 0 })).toThrow(
    "a SharedArrayBuffer: a frame at byte 0, 200 bytes long, is outside its 100 bytes",
  );
});
