import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/image-buffer-manager.ts";
import { localPeer, ProcessPeer } from "./peers.ts";
import { nextTurn } from "./programs/jobs.ts";
import { holdsForAllAsync } from "./property.ts";

// Starting processes is slow on a busy machine.
setDefaultTimeout(60_000);

/** More than a process writes or enqueues until it is killed. */
const UNLIMITED = 1_000_000;

/** Number of rows or frames of a process that are received before it is killed. */
const after = fc.integer({ min: 1, max: 200 });
const method = fc.constantFrom("enqueue" as const, "tryEnqueue" as const, "offer" as const);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test("a sender killed at any moment loses none of its earlier rows, and all rows of the next sender arrive", async () => {
  const race = fc.record({ maxSize: fc.integer({ min: 1, max: 9 }), after, method });
  await holdsForAllAsync(race, 12, async ({ maxSize, after, method }) => {
    using queue = new SharedMemCircularQueue({ maxSize });
    const killed = new ProcessPeer();
    const bursts = [{ count: UNLIMITED, pause: 0, method }];
    const crash = killed.do({ do: "produce", queue: queue.keys, tag: 0, bursts });
    crash.catch(() => {});
    const receiving = [{ count: 7, pause: 0 }];
    const rows = await localPeer.do({ do: "consume", queue: queue.keys, total: after, bursts: receiving });
    await killed.kill();
    const sent = localPeer.do({
      do: "produce",
      queue: queue.keys,
      tag: 1,
      bursts: [{ count: 20, pause: 0, method }],
    });
    while (rows.filter(([tag]) => tag === 1).length < 20) {
      rows.push(
        ...(await localPeer.do({
          do: "consume",
          queue: queue.keys,
          total: 1,
          bursts: [{ count: 1, pause: 0 }],
        })),
      );
    }
    expect(await sent).toBe(20);
    for (const tag of [0, 1]) {
      const numbers = rows.filter(([from]) => from === tag).map(([, number]) => number);
      expect(numbers).toEqual(upTo(numbers.length));
    }
    expect([rows.length >= after + 20, queue.dequeue(), queue.isUnlocked()]).toEqual([true, null, true]);
  });
});

test("a writer killed at any moment leaves its newest complete frame, and the next writer continues", async () => {
  const race = fc.record({ numBuffers: fc.integer({ min: 2, max: 4 }), after });
  await holdsForAllAsync(race, 8, async ({ numBuffers, after }) => {
    using manager = new SharedMemImageBufferManager({ maxWindowSize: [640, 480], numBuffers });
    const images = manager.keys;
    const sizes = [
      [640, 480],
      [320, 200],
    ] as const;
    const killed = new ProcessPeer();
    const crash = killed.do({
      do: "write",
      images,
      sizes,
      bursts: [{ count: UNLIMITED, pause: 0, method: "beginWrite" }],
    });
    crash.catch(() => {});
    while ((manager.newestFrame?.frame ?? 0) < after) await nextTurn();
    await killed.kill();
    let newest = manager.newestFrame;
    // A process killed while it wrote a camera counts as dead after 100 ms.
    for (; newest === null; newest = manager.newestFrame) await nextTurn();
    const last = newest.frame ?? -1;
    expect(last).toBeGreaterThanOrEqual(after);
    expect(await localPeer.do({ do: "read", images, sizes, last, method: "poll" })).toEqual({
      numbers: [last],
      errors: [],
    });
    manager.write(1, 1, Uint8Array.of(7, 7, 7));
    expect(manager.read()).toMatchObject({ width: 1, height: 1, data: Uint8Array.of(7, 7, 7) });
  });
});
