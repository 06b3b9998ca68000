import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import type { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { FuryPeer, hasPython } from "../interop/fury-peer.ts";
import { openNamedImages } from "../memory/kinds.ts";
import { localPeer, type Peer, ProcessPeer } from "./peers.ts";
import { holdsForAllAsync } from "./property.ts";

// Starting processes is slow on a busy machine.
setDefaultTimeout(60_000);
const python = test.skipIf(!hasPython());

/** Duration of a sleep in Python, s. */
const pause = fc.constantFrom(0, 0, 0.0005, 0.002);
const count = fc.integer({ min: 1, max: 40 });
const bursts = fc.array(fc.record({ count, pause }), { minLength: 1, maxLength: 6 });
const total = (bursts: readonly { count: number }[]) => bursts.reduce((sum, { count }) => sum + count, 0);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Time to wait for the newest frame, ms; only a failing test waits that long. */
const NEWEST_TIMEOUT_MS = 5000;

python(
  "a Python consumer receives every row of two scenecast servers once and in order, in any bursts",
  async () => {
    await using peer = new FuryPeer();
    await using other = new ProcessPeer();
    const race = fc.record({
      maxSize: fc.integer({ min: 1, max: 9 }),
      sending: fc.tuple(bursts, bursts),
      receiving: bursts,
    });
    await holdsForAllAsync(race, 40, async ({ maxSize, sending, receiving }) => {
      using queue = new SharedMemCircularQueue({ maxSize });
      await peer.ask({ do: "attach_queue", names: queue.names });
      const sent = [localPeer, other].map((sender: Peer, tag) =>
        sender.do({
          do: "produce",
          queue: queue.keys,
          tag,
          bursts: (sending[tag] ?? []).map(({ count, pause }) => ({
            count,
            pause: pause * 1000,
            method: "offer" as const,
          })),
        }),
      );
      const sum = total(sending.flat());
      const received: number[][] = [];
      for (let turn = 0; received.length < sum; turn++) {
        const { count, pause } = receiving[turn % receiving.length] ?? { count: 1, pause: 0 };
        const left = sum - received.length;
        const { rows } = await peer.ask<{ rows: number[][] }>({
          do: "take",
          count: Math.min(count, left),
          pause,
        });
        received.push(...rows);
      }
      expect(await Promise.all(sent)).toEqual(sending.map(total));
      for (const tag of [0, 1]) {
        const numbers = received.filter((row) => row[1] === tag).map((row) => row[6]);
        expect(numbers).toEqual(upTo(total(sending[tag] ?? [])));
      }
      expect([queue.dequeue(), queue.brokenLocks]).toEqual([null, 0]);
    });
  },
);

python("every row that a Python server enqueues is received once and in order, in any bursts", async () => {
  await using peer = new FuryPeer();
  await using other = new ProcessPeer();
  const race = fc.record({
    max: fc.integer({ min: 1, max: 9 }),
    sending: bursts,
    receiving: bursts,
    isLocal: fc.boolean(),
  });
  await holdsForAllAsync(race, 40, async ({ max, sending, receiving, isLocal }) => {
    const names = await peer.ask<SharedMemCircularQueue["names"]>({ do: "create_queue", max });
    const queue = { rows: names.queue_buffer_name, headTail: names.queue_head_tail_buffer_name };
    const consumer: Peer = isLocal ? localPeer : other;
    const received = consumer.do({
      do: "consume",
      queue,
      total: total(sending),
      bursts: receiving.map(({ count, pause }) => ({ count, pause: pause * 1000 })),
    });
    let next = 0;
    for (const { count, pause } of sending) {
      const rows = upTo(count).map((index) => [2, 0, 0, 0, 0, 0, next + index, 0]);
      await peer.ask({ do: "put_all", rows, pause });
      next += count;
    }
    expect((await received).map(([, number]) => number)).toEqual(upTo(next));
  });
});

python("no frame of a Python producer is read torn, and the newest is always reported", async () => {
  await using peer = new FuryPeer();
  const race = fc.record({
    width: fc.integer({ min: 2, max: 200 }),
    height: fc.integer({ min: 1, max: 150 }),
    buffers: fc.integer({ min: 2, max: 8 }),
    // All bytes of frame i of a burst are i: each burst is longer than those before, so its newest frame is unlike all earlier ones.
    bursts: bursts.map((all) => all.toSorted((a, b) => a.count - b.count)),
  });
  await holdsForAllAsync(race, 40, async ({ width, height, buffers, bursts }) => {
    const names = await peer.ask<SharedMemImageBufferManager["names"]>({
      do: "create_images",
      width,
      height,
      buffers,
    });
    using manager = openNamedImages(names);
    const newest = bursts.at(-1)?.count ?? 0;
    let [last, finished] = [-1, false];
    const done = Promise.withResolvers<void>();
    const errors: string[] = [];
    const readNewest = () => {
      const frame = manager.read();
      if (!frame) return;
      last = frame.data[0] ?? -1;
      if (!Buffer.alloc(frame.data.length, last).equals(frame.data)) errors.push(`frame ${last} is torn`);
      if (frame.width !== (last % 2 ? width : width >> 1))
        errors.push(`frame ${last} is ${frame.width} wide`);
      if (finished && last === newest) done.resolve();
    };
    const watch = manager.watchFrames(readNewest);
    for (const { count, pause } of bursts)
      await peer.ask({ do: "write_solid_frames", width, height, count, pause });
    finished = true;
    if (last === newest) done.resolve();
    const timeout = setTimeout(done.resolve, NEWEST_TIMEOUT_MS);
    await done.promise;
    clearTimeout(timeout);
    watch.close();
    expect(errors).toEqual([]);
    expect(last).toBe(newest);
  });
});

python.each([1, 2, 3])(
  "frames are reported although Python writes as many as there are buffers, %i, so that its index does not change",
  async (buffers) => {
    await using peer = new FuryPeer();
    const [width, height] = [8, 4];
    const names = await peer.ask<SharedMemImageBufferManager["names"]>({
      do: "create_images",
      width,
      height,
      buffers,
    });
    using manager = openNamedImages(names);
    let reported = Promise.withResolvers<void>();
    let expected = 0;
    const watch = manager.watchFrames(() => {
      if (manager.read()?.data[0] === expected) reported.resolve();
    });
    for (let turn = 1; turn <= 5; turn++) {
      reported = Promise.withResolvers<void>();
      expected = turn * buffers;
      await peer.ask({ do: "write_solid_frames", width, height, count: turn * buffers, pause: 0 });
      await reported.promise;
      expect(manager.bufferIndex).toBe(0);
    }
    watch.close();
  },
);
