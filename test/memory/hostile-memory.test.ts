import { describe, expect, test } from "bun:test";
import { truncateSync } from "node:fs";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import {
  type GenericImageBufferManager,
  RawArrayImageBufferManager,
  SharedMemImageBufferManager,
} from "../../src/fury/image-buffer-manager.ts";
import { MemoryLayoutError } from "../../src/memory/memory-segment.ts";
import { SharedMemoryError } from "../../src/native/errors.ts";
import {
  attachImages,
  imageSegments,
  KINDS,
  type Kind,
  openImages,
  sharedMem,
  type TestSegment,
} from "./kinds.ts";
import { bytesOf, leftOver, pixels } from "./segments.ts";

/** Segments of a plain FURY program, without the extension: n buffers for 4x4 px. */
interface PlainFury extends Disposable {
  readonly info: TestSegment;
  readonly images: readonly TestSegment[];
  /** The info segment. */
  readonly words: Uint32Array;
  attach(): GenericImageBufferManager;
  /** Writes a frame as FURY does. */
  write(width: number, height: number, bytes: Uint8Array): void;
}

function fury(kind: Kind, numBuffers: number): PlainFury {
  const info = kind.segment((4 + 2 * numBuffers) * 4);
  const images = Array.from({ length: numBuffers }, () => kind.segment(4 * 4 * 3));
  const words = new Uint32Array(info.buffer);
  words.set([2 + 2 * numBuffers, 1]);
  return {
    info,
    images,
    words,
    attach: () => openImages({ images: images.map(({ key }) => key), info: info.key }),
    write(width, height, bytes) {
      const buffer = ((words[3] ?? 0) + 1) % numBuffers;
      new Uint8Array(images[buffer]?.buffer ?? new ArrayBuffer()).set(bytes);
      words.set([width, height], 4 + 2 * buffer);
      words[3] = buffer;
    },
    [Symbol.dispose]() {
      for (const segment of [info, ...images]) segment[Symbol.dispose]();
    },
  };
}

describe.each(KINDS)("%s", (_, kind) => {
  test("an info segment that is too small or of another number of buffers is refused with a message", () => {
    using small = kind.segment(20);
    using producer = fury(kind, 2);
    expect(() => openImages({ images: producer.images.map(({ key }) => key), info: small.key })).toThrow(
      /The segment \S+ has 20 bytes, but the info of 2 image buffers needs 32\./,
    );
    expect(() =>
      openImages({ images: producer.images.slice(1).map(({ key }) => key), info: producer.info.key }),
    ).toThrow(
      "starts with 6, but for 1 image buffers it must be 4. Check the names, and that all image buffers are given.",
    );
    expect(() =>
      openImages({ images: producer.images.slice(1).map(({ key }) => key), info: producer.info.key }),
    ).toThrow(MemoryLayoutError);
    expect(() => openImages({ images: [].map(({ key }) => key), info: producer.info.key })).toThrow(
      "1 to 510 image buffers; 0 were requested",
    );
  });

  test("a plain FURY producer is read without an extension, with any number of buffers", () => {
    for (const numBuffers of [1, 2, 3, 8, 9, 100]) {
      using producer = fury(kind, numBuffers);
      using reader = producer.attach();
      expect([reader.isExtended, reader.pixelFormat, reader.numBuffers]).toEqual([false, "rgb", numBuffers]);
      expect(reader.read()).toBeNull();
      for (let frame = 1; frame <= 10; frame++) {
        producer.write(2, 4, pixels(24, frame));
        const read = reader.read();
        expect(read).toMatchObject({
          width: 2,
          height: 4,
          buffer: producer.words[3] ?? -1,
          frame: null,
          eventTimestamp: null,
          still: false,
        });
        expect(read?.data).toEqual(pixels(24, frame));
      }
      expect([reader.viewers, reader.renders, reader.camera, reader.producerPid]).toEqual([0, 0, null, null]);
      reader.viewers = 3; // does nothing without a renderer
      reader.wakeRenderer();
      reader.countRender();
    }
  });

  test("frames of a plain FURY producer are detected by polling", async () => {
    for (const numBuffers of [1, 2, 8]) {
      using producer = fury(kind, numBuffers);
      using reader = producer.attach();
      let arrived = Promise.withResolvers<void>();
      let expected = 0;
      const watch = reader.watchFrames(() => {
        if (reader.read()?.data[0] === expected) arrived.resolve();
      });
      for (expected = 1; expected <= 5; expected++) {
        arrived = Promise.withResolvers<void>();
        producer.write(4, 4, new Uint8Array(48).fill(expected));
        await arrived.promise;
      }
      watch.close();
      watch.close();
    }
  });

  test("frames written into the buffers of a plain FURY program are read by that program", () => {
    using producer = fury(kind, 2);
    using writer = producer.attach();
    writer.write(3, 2, pixels(18, 5), { eventTimestamp: 4 });
    expect([...producer.words]).toEqual([6, 1, 0, 1, 0, 0, 3, 2]);
    expect(new Uint8Array(producer.images[1]?.buffer ?? new ArrayBuffer()).slice(0, 18)).toEqual(
      pixels(18, 5),
    );
    writer.write(9, 9, new Uint8Array(243));
    expect(writer.read()).toMatchObject({ width: 4, height: 4, buffer: 0 });
  });

  test("an index out of range, an oversize frame and 0x0 are not read and give a reason; later frames are read", () => {
    using producer = fury(kind, 2);
    using reader = producer.attach();
    const { words } = producer;
    words.set([4, 4, 4, 4], 4);
    expect(reader.read()).not.toBeNull();
    for (const index of [2, 7, 0xffffffff]) {
      words[3] = index;
      expect([reader.read(), reader.newestFrame, reader.getJpeg()]).toEqual([null, null, null]);
      expect(reader.problem).toBe(
        `the producer says that buffer ${index} is current, but the number of buffers is 2`,
      );
      expect(reader.maxWindowSize).toBeArrayOfSize(2);
      expect([0, 1]).toContain(reader.nextBufferIndex);
    }
    words[3] = 0;
    for (const [width, height] of [
      [5, 4],
      [0xffffffff, 0xffffffff],
      [0x10000, 0x10000],
      [1, 49],
    ] as const) {
      words.set([width, height], 4);
      expect(reader.read()).toBeNull();
      expect(reader.problem).toContain(`${width}x${height} px`);
      expect(reader.problem).toContain("has 48");
    }
    words.set([0, 4], 4);
    expect(reader.read()).toBeNull();
    expect(reader.problem).toBe("no frame was written yet");
    words.set([4, 4], 4);
    expect(reader.read()).toMatchObject({ width: 4, height: 4 });
  });

  test("an 8192 byte info segment with garbage at the offset of the extension is treated as plain FURY", () => {
    using info = kind.segment(8192);
    using image = kind.segment(48);
    const words = new Uint32Array(info.buffer);
    words.fill(0xdeadbeef, 1024);
    words.set([4, 1, 0, 0, 4, 4]);
    using reader = openImages({ images: [image].map(({ key }) => key), info: info.key });
    expect(reader.isExtended).toBeFalse();
    expect(reader.read()).toMatchObject({ width: 4, height: 4 });
  });

  test("garbage in the extension of a live producer does not crash a reader", () => {
    using writer = kind.images({ maxWindowSize: [4, 4] });
    using reader = attachImages(writer);
    writer.write(4, 4, pixels(48, 1));
    using segments = imageSegments(writer);
    const words = new Uint32Array(segments.info.buffer);
    words.fill(0xfffffffe, 1024 + 4, 2048);
    const frame = reader.read();
    if (frame) expect([frame.frame, frame.renderedAt, frame.eventTimestamp]).toEqual([null, null, null]);
    expect(reader.camera).toBeNull();
    expect(reader.newestFrame).toMatchObject({ frame: null, width: 4, height: 4, camera: null });
    expect(reader.viewers).toBe(0xfffffffe);
    words.fill(0xffffffff, 1024 + 4, 2048); // odd: written forever
    expect(reader.read()).toBeNull();
    expect(reader.problem).toContain("overwrites each frame while it is read");
    expect(reader.newestFrame).toBeNull();
  });

  test("buffers smaller than claimed accept frames that fit, and the oversize notice for others", () => {
    using info = kind.segment(8192);
    using original = kind.images({ maxWindowSize: [64, 48], numBuffers: 2 });
    using segments = imageSegments(original);
    new Uint8Array(info.buffer).set(new Uint8Array(segments.info.buffer));
    using first = kind.segment(48);
    using second = kind.segment(75);
    using manager = openImages({ images: [first, second].map(({ key }) => key), info: info.key });
    manager.write(4, 4, pixels(48, 1));
    expect(manager.read()?.data).toEqual(pixels(48, 1));
    manager.write(5, 5, pixels(75, 2));
    const notice = manager.read();
    expect((notice?.width ?? 99) * (notice?.height ?? 99)).toBeLessThanOrEqual(16);
  });
});

test("a value that is not a SharedArrayBuffer, or an empty one, is refused with the name of its option", () => {
  const infoBuffer = new SharedArrayBuffer(8192);
  const notShared: unknown = new ArrayBuffer(48);
  for (const image of [notShared, undefined, "psm_1a", new SharedArrayBuffer(0)]) {
    const imageBuffers = [new SharedArrayBuffer(48), image as SharedArrayBuffer];
    const attach = () => new RawArrayImageBufferManager({ imageBuffers, infoBuffer });
    expect(attach).toThrow(MemoryLayoutError);
    expect(attach).toThrow("imageBuffers[1] must be a non-empty SharedArrayBuffer");
  }
  expect(() => new RawArrayImageBufferManager({ maxWindowSize: [2 ** 25, 2 ** 25] })).toThrow(
    /There is not enough memory for imageBuffers\[0\] of \d+\.\d MiB: use a smaller image/,
  );
});

test("attaching to a name that does not exist throws an error with the name", () => {
  expect(
    () => new SharedMemImageBufferManager({ imageBufferNames: ["psm_nope"], infoBufferName: "psm_nowhere" }),
  ).toThrow(/psm_nowhere/);
  expect(
    () => new SharedMemCircularQueue({ bufferName: "psm_nope", headTailBufferName: "psm_nope" }),
  ).toThrow(SharedMemoryError);
});

test("segments that their producer has truncated are not accessed", () => {
  using producer = fury(sharedMem, 2);
  using reader = producer.attach();
  producer.words.set([4, 4, 4, 4], 4);
  truncateSync(`/dev/shm/${producer.images[0]?.key}`, 0);
  expect(reader.read()).toBeNull();
  expect(reader.problem).toContain("truncated by another process");
  producer.words[3] = 1;
  expect(reader.read()).not.toBeNull();
  truncateSync(`/dev/shm/${producer.info.key}`, 0);
  expect(reader.read()).toBeNull();
  expect(reader.problem).toContain(`${producer.info.key}`);
});

test("a creation that fails half-way leaves no segment in /dev/shm", () => {
  const before = new Set(ownInfoSegments());
  expect(() => new SharedMemImageBufferManager({ maxWindowSize: [2 ** 25, 2 ** 25] })).toThrow(
    SharedMemoryError,
  );
  expect(leftOver(ownInfoSegments().filter((name) => !before.has(name)))).toEqual([]);
});

/** The info segments in /dev/shm that contain the id of this process: other programs create segments at the same time. */
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

test("a truncated queue is not accessed and throws errors", () => {
  using queue = new SharedMemCircularQueue();
  const { bufferName, headTailBufferName } = queue;
  using server = new SharedMemCircularQueue({ bufferName, headTailBufferName });
  server.enqueue([2, 0, 0, 0, 0, 0, 0, 0]);
  truncateSync(`/dev/shm/${headTailBufferName}`, 0);
  expect(server.tryEnqueue([2, 0, 0, 0, 0, 0, 0, 0])).toBe("gone");
  expect(() => server.enqueue([2, 0, 0, 0, 0, 0, 0, 0])).toThrow("truncated by another process");
  expect([server.dequeue(), server.head, server.tail, server.isEmpty]).toEqual([null, -1, -1, true]);
  expect(server.lock()).toBeFalse();
});

test("a writer survives the truncation of its info segment", () => {
  using writer = new SharedMemImageBufferManager({ maxWindowSize: [4, 4] });
  writer.write(4, 4, pixels(48, 1));
  truncateSync(`/dev/shm/${writer.infoBufferName}`, 0);
  expect(() => writer.write(4, 4, pixels(48, 1))).toThrow(MemoryLayoutError);
  writer.countRender();
  writer.viewers = 1;
  expect([writer.viewers, writer.renders, writer.camera, writer.bufferIndex]).toEqual([0, 0, null, 0]);
});
