import { expect, test } from "bun:test";
import { truncateSync } from "node:fs";
import { MemoryLayoutError } from "../../src/memory/memory-segment.ts";
import { SharedMemCircularQueue } from "../../src/memory/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/memory/shared-mem-image-buffer-manager.ts";
import { SharedMemoryError } from "../../src/native/errors.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";
import { attachWords, bytesOf, leftOver, pixels } from "./segments.ts";

/** Segments of these sizes that are gone after the test. */
function segments(...sizes: number[]): { all: SharedMemory[]; names: string[] } & Disposable {
  const all = sizes.map((size) => SharedMemory.create(size));
  return {
    all,
    names: all.map((segment) => segment.name),
    [Symbol.dispose]() {
      for (const segment of all) {
        segment.unlink();
        segment.close();
      }
    },
  };
}

/** Plain FURY segments, without our extension: n buffers for 4x4 px. */
function fury(numBuffers: number) {
  const opened = segments((4 + 2 * numBuffers) * 4, ...Array.from({ length: numBuffers }, () => 4 * 4 * 3));
  const [info, ...images] = opened.all;
  if (!info) throw new Error("no segment");
  const words = new Uint32Array(info.buffer);
  words.set([2 + 2 * numBuffers, 1]);
  const attach = () =>
    new SharedMemImageBufferManager({
      imageBufferNames: images.map((image) => image.name),
      infoBufferName: info.name,
    });
  return { ...opened, info, images, words, attach, [Symbol.dispose]: () => opened[Symbol.dispose]() };
}

test("names that do not exist are refused and named", () => {
  expect(
    () => new SharedMemImageBufferManager({ imageBufferNames: ["psm_nope"], infoBufferName: "psm_nowhere" }),
  ).toThrow(/psm_nowhere/);
  expect(
    () => new SharedMemCircularQueue({ bufferName: "psm_nope", headTailBufferName: "psm_nope" }),
  ).toThrow(SharedMemoryError);
});

test("an info segment that is too small, or of another number of buffers, is refused in words", () => {
  using small = segments(20, 48, 48);
  const [info = "", ...images] = small.names;
  const attach = (imageBufferNames: string[], infoBufferName: string) => () =>
    new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
  expect(attach(images, info)).toThrow(
    `The segment ${info} has 20 bytes, but the info of 2 image buffers needs 32.`,
  );
  using producer = fury(2);
  expect(attach(producer.names.slice(1, 2), producer.info.name)).toThrow(
    "starts with 6, but for 1 image buffers it must be 4. Check the names, and that all image buffers are given.",
  );
  expect(attach([], producer.info.name)).toThrow("1 to 8 image buffers; 0 were asked for");
});

test("a plain FURY producer is read without an extension, 1 and 8 buffers", () => {
  for (const numBuffers of [1, 2, 8]) {
    using producer = fury(numBuffers);
    using reader = producer.attach();
    expect([reader.isExtended, reader.pixelFormat, reader.numBuffers]).toEqual([false, "rgb", numBuffers]);
    expect(reader.getCurrentFrame()).toBeNull();
    for (let frame = 1; frame <= 10; frame++) {
      const buffer = ((producer.words[3] ?? 0) + 1) % numBuffers;
      new Uint8Array(producer.images[buffer]?.buffer ?? new ArrayBuffer()).set(pixels(24, frame));
      producer.words.set([2, 4], 4 + 2 * buffer);
      producer.words[3] = buffer;
      const read = reader.getCurrentFrame();
      expect(read).toMatchObject({
        width: 2,
        height: 4,
        buffer,
        frame: null,
        eventTimestamp: null,
        still: false,
      });
      expect(read?.data).toEqual(pixels(24, frame));
    }
    expect([reader.viewers, reader.renders, reader.camera, reader.producerPid]).toEqual([0, 0, null, null]);
    reader.viewers = 3; // nobody to tell
    reader.wakeRenderer();
    reader.countRender();
  }
});

test("an index out of range, a size that does not fit and 0x0 give no frame and a reason; then frames go on", () => {
  using producer = fury(2);
  using reader = producer.attach();
  const { words } = producer;
  words.set([4, 4, 4, 4], 4);
  expect(reader.getCurrentFrame()).not.toBeNull();
  for (const index of [2, 7, 0xffffffff]) {
    words[3] = index;
    expect(reader.getCurrentFrame()).toBeNull();
    expect(reader.problem).toBe(`the producer says that buffer ${index} is current, but there are 2`);
    expect(reader.maxWindowSize).toBeArrayOfSize(2);
  }
  words[3] = 0;
  for (const [width, height] of [
    [5, 4],
    [0xffffffff, 0xffffffff],
    [0x10000, 0x10000],
    [1, 49],
  ] as const) {
    words.set([width, height], 4);
    expect(reader.getCurrentFrame()).toBeNull();
    expect(reader.problem).toContain(`${width}x${height} px`);
    expect(reader.problem).toContain("has 48");
  }
  words.set([0, 4], 4);
  expect(reader.getCurrentFrame()).toBeNull();
  expect(reader.problem).toBe("no frame was written yet");
  words.set([4, 4], 4);
  expect(reader.getCurrentFrame()).toMatchObject({ width: 4, height: 4 });
});

test("a producer that cuts its segments short is noticed before they are touched", () => {
  using producer = fury(2);
  using reader = producer.attach();
  producer.words.set([4, 4, 4, 4], 4);
  truncateSync(`/dev/shm/${producer.images[0]?.name}`, 0);
  expect(reader.getCurrentFrame()).toBeNull();
  expect(reader.problem).toContain("made shorter by another process");
  producer.words[3] = 1;
  expect(reader.getCurrentFrame()).not.toBeNull();
  truncateSync(`/dev/shm/${producer.info.name}`, 0);
  expect(reader.getCurrentFrame()).toBeNull();
  expect(reader.problem).toContain(producer.info.name);
});

test("an 8192 byte info segment with garbage where the extension would be is plain FURY", () => {
  using producer = segments(8192, 48);
  const [info, image] = producer.all;
  if (!info || !image) throw new Error("no segment");
  new Uint32Array(info.buffer).fill(0xdeadbeef, 1024);
  new Uint32Array(info.buffer).set([4, 1, 0, 0, 4, 4]);
  using reader = new SharedMemImageBufferManager({
    imageBufferNames: [image.name],
    infoBufferName: info.name,
  });
  expect(reader.isExtended).toBeFalse();
  expect(reader.getCurrentFrame()).toMatchObject({ width: 4, height: 4 });
});

test("garbage all over the extension of a live producer kills no reader", () => {
  using writer = new SharedMemImageBufferManager({ maxWindowSize: [4, 4] });
  const { imageBufferNames, infoBufferName } = writer;
  using reader = new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
  writer.writeInto(4, 4, pixels(48, 1));
  using info = attachWords(infoBufferName);
  for (let word = 1024 + 4; word < 2048; word++) info.words[word] = 0xfffffffe;
  const frame = reader.getCurrentFrame();
  if (frame) expect([frame.frame, frame.renderedAt, frame.eventTimestamp]).toEqual([null, null, null]);
  expect(reader.camera).toBeNull();
  expect(reader.newestFrame).toMatchObject({ frame: null, width: 4, height: 4, camera: null });
  expect(reader.viewers).toBe(0xfffffffe);
  for (let word = 1024 + 4; word < 2048; word++) info.words[word] = 0xffffffff; // odd: for ever being written
  expect(reader.getCurrentFrame()).toBeNull();
  expect(reader.problem).toContain("overwrites each frame while it is read");
  expect(reader.newestFrame).toBeNull();
});

test("queue segments that claim what they are not are refused in words", () => {
  const claims: [maxSize: number, dimension: number, message: string][] = [
    [20, 8, "has 160 bytes, but a queue of 20 rows of 8 values needs 1360"],
    [0, 8, "claims 0 rows of 8 values, which is no queue"],
    [Number.NaN, 8, "claims NaN rows"],
    [1e300, 8, "claims 1e+300 rows"],
    [2 ** 53, 8, "which is no queue"],
    [1.5, 8, "claims 1.5 rows"],
    [2, -8, "claims 2 rows of -8 values"],
  ];
  for (const [maxSize, dimension, message] of claims) {
    using made = segments(160, 12);
    const [rows, headTail] = made.all;
    if (!rows || !headTail) throw new Error("no segment");
    new Float64Array(rows.buffer, 0, 2).set([maxSize, dimension]);
    const attach = () =>
      new SharedMemCircularQueue({ bufferName: rows.name, headTailBufferName: headTail.name });
    expect(attach).toThrow(MemoryLayoutError);
    expect(attach).toThrow(message);
  }
  using made = segments(160, 8, 8);
  const [rows, headTail, tiny] = made.all;
  new Float64Array(rows?.buffer ?? new ArrayBuffer(16), 0, 2).set([1, 8]);
  expect(
    () =>
      new SharedMemCircularQueue({ bufferName: rows?.name ?? "", headTailBufferName: headTail?.name ?? "" }),
  ).toThrow("has 8 bytes, but head, tail and lock of a queue needs 12");
  expect(
    () =>
      new SharedMemCircularQueue({ bufferName: tiny?.name ?? "", headTailBufferName: headTail?.name ?? "" }),
  ).toThrow("has 8 bytes");
});

test("a queue of dimension 6 is attached, and a row of 8 is refused in words", () => {
  using queue = new SharedMemCircularQueue({ dimension: 6 });
  const { bufferName, headTailBufferName } = queue;
  using attached = new SharedMemCircularQueue({ bufferName, headTailBufferName });
  expect(() => attached.enqueue([1, 0, 0, 0, 0, 0, 0, 0])).toThrow(
    "A row of this queue has 6 values; this one has 8.",
  );
});

test("when creating fails half-way, nothing stays in /dev/shm", () => {
  const before = new Set(ownInfoSegments());
  expect(() => new SharedMemImageBufferManager({ maxWindowSize: [2 ** 25, 2 ** 25] })).toThrow(
    SharedMemoryError,
  );
  expect(leftOver(ownInfoSegments().filter((name) => !before.has(name)))).toEqual([]);
});

/** The info segments in /dev/shm that carry this process's id: other programs make segments meanwhile. */
function ownInfoSegments(): string[] {
  return Array.from(new Bun.Glob("scenecast_*").scanSync({ cwd: "/dev/shm" })).filter((name) => {
    try {
      const bytes = bytesOf(name);
      return bytes.byteLength === 8192 && bytes.getUint32(4096 + 28, true) === process.pid;
    } catch {
      return false;
    }
  });
}

test("a queue that is cut short is gone: said in words, and nothing is touched", () => {
  using queue = new SharedMemCircularQueue();
  const { bufferName, headTailBufferName } = queue;
  using server = new SharedMemCircularQueue({ bufferName, headTailBufferName });
  server.enqueue([2, 0, 0, 0, 0, 0, 0, 0]);
  truncateSync(`/dev/shm/${headTailBufferName}`, 0);
  expect(server.tryEnqueue([2, 0, 0, 0, 0, 0, 0, 0])).toBe("gone");
  expect(() => server.enqueue([2, 0, 0, 0, 0, 0, 0, 0])).toThrow("made shorter by another process");
  expect([server.dequeue(), server.head, server.tail, server.isEmpty]).toEqual([null, -1, -1, true]);
  expect(server.lock()).toBeFalse();
});

test("a writer and its facts survive an info segment that is cut short", () => {
  using writer = new SharedMemImageBufferManager({ maxWindowSize: [4, 4] });
  writer.writeInto(4, 4, pixels(48, 1));
  truncateSync(`/dev/shm/${writer.infoBufferName}`, 0);
  expect(() => writer.writeInto(4, 4, pixels(48, 1))).toThrow(MemoryLayoutError);
  writer.countRender();
  writer.viewers = 1;
  expect([writer.viewers, writer.renders, writer.camera, writer.bufferIndex]).toEqual([0, 0, null, 0]);
});

test("a manager or queue that was cleaned up touches nothing and says so", () => {
  const manager = new SharedMemImageBufferManager();
  manager.cleanup();
  expect(manager.getCurrentFrame()).toBeNull();
  expect(() => manager.writeInto(1, 1, new Uint8Array(3))).toThrow("was closed");
  manager.wakeRenderer();
  const queue = new SharedMemCircularQueue();
  queue.cleanup();
  expect(queue.dequeue()).toBeNull();
  expect(() => queue.enqueue([2, 0, 0, 0, 0, 0, 0, 0])).toThrow("was closed");
});
