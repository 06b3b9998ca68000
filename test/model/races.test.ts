import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { ArrayCircularQueue } from "../../src/fury/array-circular-queue.ts";
import { RawArrayImageBufferManager } from "../../src/fury/raw-array-image-buffer-manager.ts";
import { SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";
import type { ImageShape } from "../../src/memory/image-memory.ts";
import { ourselves, type Peer, ProcessPeer, WorkerPeer } from "./peers.ts";
import type { SomeImages, SomeQueue } from "./programs/jobs.ts";
import { holdsForAllAsync } from "./property.ts";

// A busy machine may take long to start processes.
setDefaultTimeout(60_000);

const pause = fc.constantFrom(0, 0, 0, 1, 2);
const count = fc.integer({ min: 1, max: 25 });
const bursts = fc.array(fc.record({ count, pause }), { minLength: 1, maxLength: 6 });
const how = fc.constantFrom("enqueue" as const, "tryEnqueue" as const, "feed" as const);
const sending = fc.array(fc.record({ count, pause, how }), { minLength: 1, maxLength: 8 });

const queueRace = fc.record({
  maxSize: fc.integer({ min: 1, max: 9 }),
  /** Which of the three takes; the others send. */
  consumer: fc.nat(2),
  taking: bursts,
  sending: fc.tuple(sending, sending),
});

const side = fc.integer({ min: 1, max: 300 });
const imageRace = fc.record({
  numBuffers: fc.integer({ min: 1, max: 8 }),
  /** Which of the three writes; the others read. */
  writer: fc.nat(2),
  sizes: fc.array(fc.tuple(side, side), { minLength: 1, maxLength: 4 }),
  bursts: fc.array(
    fc.record({ count, pause, how: fc.constantFrom("writeInto" as const, "beginWrite" as const) }),
    { minLength: 1, maxLength: 8 },
  ),
  reading: fc.tuple(
    fc.constantFrom("poll" as const, "watchFrames" as const),
    fc.constantFrom("poll" as const, "watchFrames" as const),
  ),
});

const total = (bursts: readonly { count: number }[]) => bursts.reduce((sum, { count }) => sum + count, 0);

/** The one at `index`, and the others. */
function split<Value>(all: readonly Value[], index: number): [one: Value, others: Value[]] {
  const [one] = all.slice(index, index + 1);
  if (one === undefined) throw new Error(`there is no ${index}`);
  return [one, all.filter((_, other) => other !== index)];
}

const KINDS = [
  {
    between: "three processes on POSIX shared memory",
    newPeer: (): Peer => new ProcessPeer(),
    newQueue: (maxSize: number) => new SharedMemCircularQueue({ maxSize }),
    newImages: (shape: ImageShape) => new SharedMemImageBufferManager(shape),
  },
  {
    between: "a program and two Workers on SharedArrayBuffers",
    newPeer: (): Peer => new WorkerPeer(),
    newQueue: (maxSize: number) => new ArrayCircularQueue({ maxSize }),
    newImages: (shape: ImageShape) => new RawArrayImageBufferManager(shape),
  },
];

/** What others attach by. */
function handleOf(queue: SharedMemCircularQueue | ArrayCircularQueue): SomeQueue {
  if (queue instanceof ArrayCircularQueue) return queue.buffers;
  const { bufferName, headTailBufferName } = queue;
  return { bufferName, headTailBufferName };
}

function imagesHandleOf(manager: SharedMemImageBufferManager | RawArrayImageBufferManager): SomeImages {
  if (manager instanceof RawArrayImageBufferManager) return manager.buffers;
  const { imageBufferNames, infoBufferName } = manager;
  return { imageBufferNames, infoBufferName };
}

describe.each(KINDS)("$between", ({ newPeer, newQueue, newImages }) => {
  test("rows of two senders in any bursts are neither lost nor duplicated and keep each sender's order", async () => {
    await using stack = new AsyncDisposableStack();
    const peers: Peer[] = [ourselves, stack.use(newPeer()), stack.use(newPeer())];
    await holdsForAllAsync(queueRace, 60, async (race) => {
      using own = newQueue(race.maxSize);
      const queue = handleOf(own);
      const [consumer, senders] = split(peers, race.consumer);
      const sum = total(race.sending.flat());
      const [taken, ...sent] = await Promise.all([
        consumer.do({ do: "consume", queue, total: sum, bursts: race.taking }),
        ...senders.map((sender, tag) =>
          sender.do({ do: "produce", queue, tag, bursts: race.sending[tag] ?? [] }),
        ),
      ]);
      expect(sent).toEqual(race.sending.map(total));
      for (const tag of [0, 1]) {
        const numbers = taken.filter(([from]) => from === tag).map(([, number]) => number);
        expect(numbers).toEqual(Array.from({ length: total(race.sending[tag] ?? []) }, (_, index) => index));
      }
      expect([taken.length, own.dequeue(), own.isUnlocked()]).toEqual([sum, null, true]);
    });
  });

  test("two readers of one writer in any bursts read frames without tearing, in order, up to the newest", async () => {
    await using stack = new AsyncDisposableStack();
    const peers: Peer[] = [ourselves, stack.use(newPeer()), stack.use(newPeer())];
    await holdsForAllAsync(imageRace, 60, async ({ numBuffers, sizes, bursts, reading, ...race }) => {
      const [widths, heights] = [sizes.map(([width]) => width), sizes.map(([, height]) => height)];
      using own = newImages({ maxWindowSize: [Math.max(...widths), Math.max(...heights)], numBuffers });
      const images = imagesHandleOf(own);
      const [writer, readers] = split(peers, race.writer);
      const last = total(bursts);
      const [written, ...views] = await Promise.all([
        writer.do({ do: "paint", images, sizes, bursts }),
        ...readers.map((reader, index) =>
          reader.do({ do: "watch", images, sizes, last, how: reading[index] ?? "poll" }),
        ),
      ]);
      expect(written).toBe(last);
      for (const { seen, wrong } of views) {
        expect(wrong).toEqual([]);
        expect(seen).toEqual(seen.toSorted((a, b) => a - b));
        expect(seen.at(-1)).toBe(last);
      }
    });
  });
});
