import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { rawArray, sharedMem } from "../memory/kinds.ts";
import { localPeer, type Peer, ProcessPeer, WorkerPeer } from "./peers.ts";
import { holdsForAllAsync } from "./property.ts";

// Starting processes is slow on a busy machine.
setDefaultTimeout(60_000);

const pause = fc.constantFrom(0, 0, 0, 1, 2);
const count = fc.integer({ min: 1, max: 25 });
const bursts = fc.array(fc.record({ count, pause }), { minLength: 1, maxLength: 6 });
const method = fc.constantFrom("enqueue" as const, "tryEnqueue" as const, "offer" as const);
const sending = fc.array(fc.record({ count, pause, method }), { minLength: 1, maxLength: 8 });

const queueRace = fc.record({
  maxSize: fc.integer({ min: 1, max: 9 }),
  /** Index of the peer that dequeues; the others enqueue. */
  consumer: fc.nat(2),
  receiving: bursts,
  sending: fc.tuple(sending, sending),
});

const side = fc.integer({ min: 1, max: 300 });
const imageRace = fc.record({
  numBuffers: fc.integer({ min: 1, max: 8 }),
  /** Index of the peer that writes; the others read. */
  writer: fc.nat(2),
  sizes: fc.array(fc.tuple(side, side), { minLength: 1, maxLength: 4 }),
  bursts: fc.array(
    fc.record({ count, pause, method: fc.constantFrom("write" as const, "beginWrite" as const) }),
    { minLength: 1, maxLength: 8 },
  ),
  reading: fc.tuple(
    fc.constantFrom("poll" as const, "watchFrames" as const),
    fc.constantFrom("poll" as const, "watchFrames" as const),
  ),
});

const total = (bursts: readonly { count: number }[]) => bursts.reduce((sum, { count }) => sum + count, 0);

/** The item at `index`, and the others. */
function split<Value>(all: readonly Value[], index: number): [one: Value, others: Value[]] {
  const [one] = all.slice(index, index + 1);
  if (one === undefined) throw new Error(`There is no item ${index}`);
  return [one, all.filter((_, other) => other !== index)];
}

const PEERS = [
  {
    between: "three processes on POSIX shared memory",
    kind: sharedMem,
    newPeer: (): Peer => new ProcessPeer(),
  },
  {
    between: "a program and two Workers on SharedArrayBuffers",
    kind: rawArray,
    newPeer: (): Peer => new WorkerPeer(),
  },
];

describe.each(PEERS)("$between", ({ newPeer, kind }) => {
  test("rows of two senders in any bursts are neither lost nor duplicated and keep each sender's order", async () => {
    await using stack = new AsyncDisposableStack();
    const peers: Peer[] = [localPeer, stack.use(newPeer()), stack.use(newPeer())];
    await holdsForAllAsync(queueRace, 60, async (race) => {
      using own = kind.queue({ maxSize: race.maxSize });
      const queue = own.keys;
      const [consumer, senders] = split(peers, race.consumer);
      const sum = total(race.sending.flat());
      const [received, ...sent] = await Promise.all([
        consumer.do({ do: "consume", queue, total: sum, bursts: race.receiving }),
        ...senders.map((sender, tag) =>
          sender.do({ do: "produce", queue, tag, bursts: race.sending[tag] ?? [] }),
        ),
      ]);
      expect(sent).toEqual(race.sending.map(total));
      for (const tag of [0, 1]) {
        const numbers = received.filter(([from]) => from === tag).map(([, number]) => number);
        expect(numbers).toEqual(Array.from({ length: total(race.sending[tag] ?? []) }, (_, index) => index));
      }
      expect([received.length, own.dequeue(), own.isUnlocked()]).toEqual([sum, null, true]);
    });
  });

  test("two readers of one writer in any bursts read frames without tearing, in order, up to the newest", async () => {
    await using stack = new AsyncDisposableStack();
    const peers: Peer[] = [localPeer, stack.use(newPeer()), stack.use(newPeer())];
    await holdsForAllAsync(imageRace, 60, async ({ numBuffers, sizes, bursts, reading, ...race }) => {
      const [widths, heights] = [sizes.map(([width]) => width), sizes.map(([, height]) => height)];
      using own = kind.images({ maxWindowSize: [Math.max(...widths), Math.max(...heights)], numBuffers });
      const images = own.keys;
      const [writer, readers] = split(peers, race.writer);
      const last = total(bursts);
      const [written, ...results] = await Promise.all([
        writer.do({ do: "write", images, sizes, bursts }),
        ...readers.map((reader, index) =>
          reader.do({ do: "read", images, sizes, last, method: reading[index] ?? "poll" }),
        ),
      ]);
      expect(written).toBe(last);
      for (const { numbers, errors } of results) {
        expect(errors).toEqual([]);
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
        expect(numbers.at(-1)).toBe(last);
      }
    });
  });
});
