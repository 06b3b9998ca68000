import { expect, setDefaultTimeout, test } from "bun:test";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { openNamedImages, openNamedQueue } from "../memory/kinds.ts";
import { leftOver, pixels } from "../memory/segments.ts";
import { FuryPeer, hasPython } from "./fury-peer.ts";

setDefaultTimeout(60_000);
const python = test.skipIf(!hasPython());
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const row = (index: number, id = 2) => [id, 0, 0.25, 0.75, 1, 0, index, 0];

interface ReadFrame {
  buffer: number;
  width: number;
  height: number;
  pixels: string;
}

python.each([1, 2, 8])(
  "Python reads every frame that scenecast writes into %i buffers",
  async (numBuffers) => {
    await using peer = new FuryPeer();
    using manager = new SharedMemImageBufferManager({ maxWindowSize: [9, 7], numBuffers });
    expect(await peer.ask<object>({ do: "attach_images", names: manager.names })).toEqual({
      n: numBuffers,
      first_words: [2 + 2 * numBuffers, 1, 0, 0, ...Array.from({ length: 2 * numBuffers }, () => 0)],
    });
    for (let frame = 1; frame <= 10; frame++) {
      const width = 1 + (frame % 9);
      manager.write(width, 7, pixels(width * 7 * 3, frame));
      expect(await peer.ask<ReadFrame>({ do: "read" })).toEqual({
        buffer: frame % numBuffers,
        width,
        height: 7,
        pixels: hex(pixels(width * 7 * 3, frame)),
      });
    }
  },
);

python.each([1, 2, 8])("scenecast reads every frame that Python writes into %i buffers", async (buffers) => {
  await using peer = new FuryPeer();
  const names = await peer.ask<SharedMemImageBufferManager["names"]>({
    do: "create_images",
    width: 9,
    height: 5,
    buffers,
  });
  using reader = openNamedImages(names);
  expect([reader.isExtended, reader.numBuffers, reader.read()]).toEqual([false, buffers, null]);
  for (let frame = 1; frame <= 10; frame++) {
    const data = pixels(9 * 5 * 3, frame);
    await peer.ask({ do: "write", width: 9, height: 5, pixels: hex(data) });
    const read = reader.read();
    expect(read).toMatchObject({ width: 9, height: 5, buffer: frame % buffers, format: "rgb", frame: null });
    expect(read?.data).toEqual(data);
  }
});

python.each([
  ["its own", 2],
  ["its own", 3],
  ["scenecast's", 2],
  ["scenecast's", 3],
])(
  "a watch reports the frames of a plain Python producer in %s segments, untorn, with %i buffers",
  async (owner, buffers) => {
    await using peer = new FuryPeer();
    const [width, height] = [1280, 720];
    using ours =
      owner !== "its own"
        ? new SharedMemImageBufferManager({ maxWindowSize: [width, height], numBuffers: buffers })
        : null;
    if (ours) await peer.ask({ do: "attach_images", names: ours.names });
    const names =
      ours?.names ??
      (await peer.ask<SharedMemImageBufferManager["names"]>({ do: "create_images", width, height, buffers }));
    using reader = openNamedImages(names);
    expect(reader.isExtended).toBe(ours !== null);
    const errors: string[] = [];
    const seen = new Set<number>();
    const last = Promise.withResolvers<void>();
    const watch = reader.watchFrames(() => {
      const frame = reader.read();
      if (!frame) return;
      const [value = 0] = frame.data;
      if (!Buffer.alloc(frame.data.length, value).equals(frame.data)) errors.push(`frame ${value} is torn`);
      if (frame.width !== (value % 2 ? width : width / 2))
        errors.push(`frame ${value} has the size of another`);
      if (frame.frame !== null)
        errors.push(
          `frame ${value} has the number ${frame.frame}, although its producer does not number frames`,
        );
      seen.add(value);
      if (value === 240) last.resolve();
    });
    await peer.ask({ do: "write_solid_frames", width, height, count: 240, pause: 0.002 });
    await last.promise;
    watch.close();
    expect(errors).toEqual([]);
    expect(seen.size).toBeGreaterThan(10);
  },
);

python(
  "frames of scenecast and of Python in the same segments are distinguished, and each is reported",
  async () => {
    await using peer = new FuryPeer();
    using ours = new SharedMemImageBufferManager({ maxWindowSize: [9, 7] });
    await peer.ask({ do: "attach_images", names: ours.names });
    using reader = openNamedImages(ours.names);
    let reported = Promise.withResolvers<void>();
    const watch = reader.watchFrames(() => reported.resolve());
    const written: (number | null)[] = [];
    for (const [index, by] of [..."PPOPOOPPPPOPOPPO"].entries()) {
      reported = Promise.withResolvers();
      const data = pixels(9 * 7 * 3, index);
      if (by === "O") ours.write(9, 7, data, { renderMs: index });
      else await peer.ask({ do: "write", width: 9, height: 7, pixels: hex(data) });
      await reported.promise;
      const frame = reader.read();
      expect([frame?.data, frame?.renderMs]).toEqual([data, by === "O" ? index : null]);
      expect(reader.newestFrame?.frame).toBe(frame?.frame);
      written.push(frame?.frame ?? null);
    }
    watch.close();
    const n = null;
    expect(written).toEqual([n, n, 1, n, 2, 3, n, n, n, n, 4, n, 5, n, n, 6]);
  },
);

python("every frame of Python is reported with a single buffer too", async () => {
  await using peer = new FuryPeer();
  using ours = new SharedMemImageBufferManager({ maxWindowSize: [9, 7], numBuffers: 1 });
  await peer.ask({ do: "attach_images", names: ours.names });
  using reader = openNamedImages(ours.names);
  let reported = Promise.withResolvers<void>();
  const watch = reader.watchFrames(() => reported.resolve());
  for (let index = 0; index < 5; index++) {
    const data = pixels(9 * 7 * 3, index);
    await peer.ask({ do: "write", width: 9, height: 7, pixels: hex(data) });
    while (!Buffer.from(reader.read()?.data ?? []).equals(data)) {
      await reported.promise;
      reported = Promise.withResolvers();
    }
  }
  watch.close();
});

python("Python dequeues scenecast's events in order, from its own queue or scenecast's", async () => {
  await using peer = new FuryPeer();
  using ours = new SharedMemCircularQueue({ maxSize: 20 });
  expect(await peer.ask<object>({ do: "attach_queue", names: ours.names })).toEqual({
    max: 20,
    dimension: 8,
  });
  for (let index = 0; index < 20; index++) expect(ours.enqueue(row(index, 1 + (index % 8)))).toBeTrue();
  expect(ours.enqueue(row(20))).toBeFalse();
  const expected = Array.from({ length: 20 }, (_, index) => row(index, 1 + (index % 8)));
  expect(await peer.ask<object>({ do: "take", count: 20 })).toEqual({ rows: expected });
  expect([ours.head, ours.tail]).toEqual([-1, -1]);

  const names = await peer.ask<SharedMemCircularQueue["names"]>({ do: "create_queue", max: 3 });
  using foreign = openNamedQueue(names);
  expect([foreign.maxSize, foreign.dimension]).toEqual([3, 8]);
  expect([0, 1, 2, 3].map((index) => foreign.enqueue(row(index)))).toEqual([true, true, true, false]);
  expect(await peer.ask<object>({ do: "take", count: 3 })).toEqual({ rows: [row(0), row(1), row(2)] });
});

python("scenecast dequeues the events of a Python server in order", async () => {
  await using peer = new FuryPeer();
  using queue = new SharedMemCircularQueue({ maxSize: 5 });
  await peer.ask({ do: "attach_queue", names: queue.names });
  const rows = [0, 1, 2, 3, 4, 5].map((index) => row(index));
  expect(await peer.ask<object>({ do: "put", rows })).toEqual({
    taken: [true, true, true, true, true, false],
  });
  expect(rows.slice(0, 5).map(() => Array.from(queue.dequeue() ?? []))).toEqual(rows.slice(0, 5));
  expect(queue.dequeue()).toBeNull();
});

python("a Python program killed with the lock set does not block the queue", async () => {
  const peer = new FuryPeer();
  using queue = new SharedMemCircularQueue({ maxSize: 5 });
  await peer.ask({ do: "attach_queue", names: queue.names });
  queue.enqueue(row(1));
  await peer.ask({ do: "lock" });
  await peer.kill();
  expect(queue.tryEnqueue(row(2))).toBe("locked");
  expect(queue.enqueue(row(2))).toBeTrue();
  expect([queue.dequeue()?.[6], queue.dequeue()?.[6], queue.brokenLocks]).toEqual([1, 2, 1]);
});

python("when a Python program ends, scenecast's segments stay and its own are removed", async () => {
  using manager = new SharedMemImageBufferManager({ maxWindowSize: [4, 4] });
  const ours = [...manager.imageBufferNames, manager.infoBufferName];
  const peer = new FuryPeer();
  await peer.ask({ do: "attach_images", names: manager.names });
  const created = await peer.ask<SharedMemCircularQueue["names"]>({ do: "create_queue", max: 3 });
  await peer[Symbol.asyncDispose]();
  expect(leftOver(ours)).toEqual(ours);
  expect(leftOver(Object.values(created))).toEqual([]);
});
