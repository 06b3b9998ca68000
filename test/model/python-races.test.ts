import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { type QueueNames, SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import {
  type ImageBufferNames,
  SharedMemImageBufferManager,
} from "../../src/fury/shared-mem-image-buffer-manager.ts";
import { FuryPeer, hasPython } from "../interop/fury-peer.ts";
import { ourselves, type Peer, ProcessPeer } from "./peers.ts";
import { holdsForAllAsync } from "./property.ts";

// A busy machine may take long to start processes.
setDefaultTimeout(60_000);
const python = test.skipIf(!hasPython());

/** Seconds, as Python sleeps. */
const pause = fc.constantFrom(0, 0, 0.0005, 0.002);
const count = fc.integer({ min: 1, max: 40 });
const bursts = fc.array(fc.record({ count, pause }), { minLength: 1, maxLength: 6 });
const total = (bursts: readonly { count: number }[]) => bursts.reduce((sum, { count }) => sum + count, 0);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Long enough for any machine; only a test that fails waits so long, ms. */
const PATIENCE_MS = 5000;

python(
  "what two of us feed reaches a Python consumer once each and in order, in any bursts of all",
  async () => {
    await using peer = new FuryPeer();
    await using other = new ProcessPeer();
    const race = fc.record({
      maxSize: fc.integer({ min: 1, max: 9 }),
      sending: fc.tuple(bursts, bursts),
      taking: bursts,
    });
    await holdsForAllAsync(race, 40, async ({ maxSize, sending, taking }) => {
      using queue = new SharedMemCircularQueue({ maxSize });
      await peer.ask({ do: "attach_queue", names: queue.names });
      const { bufferName, headTailBufferName } = queue;
      const sent = [ourselves, other].map((sender: Peer, tag) =>
        sender.do({
          do: "produce",
          queue: { bufferName, headTailBufferName },
          tag,
          bursts: (sending[tag] ?? []).map(({ count, pause }) => ({
            count,
            pause: pause * 1000,
            how: "feed" as const,
          })),
        }),
      );
      const sum = total(sending.flat());
      const taken: number[][] = [];
      for (let turn = 0; taken.length < sum; turn++) {
        const { count, pause } = taking[turn % taking.length] ?? { count: 1, pause: 0 };
        const left = sum - taken.length;
        const { rows } = await peer.ask<{ rows: number[][] }>({
          do: "take",
          count: Math.min(count, left),
          pause,
        });
        taken.push(...rows);
      }
      expect(await Promise.all(sent)).toEqual(sending.map(total));
      for (const tag of [0, 1]) {
        const numbers = taken.filter((row) => row[1] === tag).map((row) => row[6]);
        expect(numbers).toEqual(upTo(total(sending[tag] ?? [])));
      }
      expect([queue.dequeue(), queue.brokenLocks]).toEqual([null, 0]);
    });
  },
);

python(
  "what a Python server puts into a queue reaches us once and in order, in any bursts of both",
  async () => {
    await using peer = new FuryPeer();
    await using other = new ProcessPeer();
    const race = fc.record({
      max: fc.integer({ min: 1, max: 9 }),
      sending: bursts,
      taking: bursts,
      ours: fc.boolean(),
    });
    await holdsForAllAsync(race, 40, async ({ max, sending, taking, ours }) => {
      const names = await peer.ask<QueueNames>({ do: "create_queue", max });
      const queue = {
        bufferName: names.queue_buffer_name,
        headTailBufferName: names.queue_head_tail_buffer_name,
      };
      const taker: Peer = ours ? ourselves : other;
      const taken = taker.do({
        do: "consume",
        queue,
        total: total(sending),
        bursts: taking.map(({ count, pause }) => ({ count, pause: pause * 1000 })),
      });
      let next = 0;
      for (const { count, pause } of sending) {
        const rows = upTo(count).map((index) => [2, 0, 0, 0, 0, 0, next + index, 0]);
        await peer.ask({ do: "put_all", rows, pause });
        next += count;
      }
      expect((await taken).map(([, number]) => number)).toEqual(upTo(next));
    });
  },
);

python(
  "of a Python producer's frames none is torn, and the newest is always noticed in the end",
  async () => {
    await using peer = new FuryPeer();
    const race = fc.record({
      width: fc.integer({ min: 2, max: 200 }),
      height: fc.integer({ min: 1, max: 150 }),
      buffers: fc.integer({ min: 2, max: 8 }),
      // Frame i of a burst is all of value i: with more in each burst than before it, the newest is like none before.
      bursts: bursts.map((all) => all.toSorted((a, b) => a.count - b.count)),
    });
    await holdsForAllAsync(race, 40, async ({ width, height, buffers, bursts }) => {
      const names = await peer.ask<ImageBufferNames>({ do: "create_images", width, height, buffers });
      using manager = new SharedMemImageBufferManager({
        imageBufferNames: names.image_buffer_names,
        infoBufferName: names.info_buffer_name,
      });
      const newest = bursts.at(-1)?.count ?? 0;
      let [last, finished] = [-1, false];
      const done = Promise.withResolvers<void>();
      const wrong: string[] = [];
      const look = () => {
        const frame = manager.read();
        if (!frame) return;
        last = frame.data[0] ?? -1;
        if (!Buffer.alloc(frame.data.length, last).equals(frame.data)) wrong.push(`frame ${last} is torn`);
        if (frame.width !== (last % 2 ? width : width >> 1))
          wrong.push(`frame ${last} is ${frame.width} wide`);
        if (finished && last === newest) done.resolve();
      };
      const watch = manager.watchFrames(look);
      for (const { count, pause } of bursts)
        await peer.ask({ do: "write_solid_frames", width, height, count, pause });
      finished = true;
      if (last === newest) done.resolve();
      const patience = setTimeout(done.resolve, PATIENCE_MS);
      await done.promise;
      clearTimeout(patience);
      watch.close();
      expect(wrong).toEqual([]);
      expect(last).toBe(newest);
    });
  },
);

python.each([1, 2, 3])(
  "as many frames at once as there are buffers, %i, leave Python's index where it was, and are noticed",
  async (buffers) => {
    await using peer = new FuryPeer();
    const [width, height] = [8, 4];
    const names = await peer.ask<ImageBufferNames>({ do: "create_images", width, height, buffers });
    using manager = new SharedMemImageBufferManager({
      imageBufferNames: names.image_buffer_names,
      infoBufferName: names.info_buffer_name,
    });
    let noticed = Promise.withResolvers<void>();
    let wanted = 0;
    const watch = manager.watchFrames(() => {
      if (manager.read()?.data[0] === wanted) noticed.resolve();
    });
    for (let turn = 1; turn <= 5; turn++) {
      noticed = Promise.withResolvers<void>();
      wanted = turn * buffers;
      await peer.ask({ do: "write_solid_frames", width, height, count: turn * buffers, pause: 0 });
      await noticed.promise;
      expect(manager.bufferIndex).toBe(0);
    }
    watch.close();
  },
);
