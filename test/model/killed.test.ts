import { expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import { SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";
import { ourselves, ProcessPeer } from "./peers.ts";
import { holdsForAllAsync } from "./property.ts";

// A busy machine may take long to start processes.
setDefaultTimeout(60_000);

/** More than a process does until it is killed. */
const NO_END = 1_000_000;

/** How much was seen of a process before it is killed. */
const after = fc.integer({ min: 1, max: 200 });
const how = fc.constantFrom("enqueue" as const, "tryEnqueue" as const, "feed" as const);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

test("a sender killed at any moment loses none of its earlier rows, and all rows of the next sender arrive", async () => {
  const race = fc.record({ maxSize: fc.integer({ min: 1, max: 9 }), after, how });
  await holdsForAllAsync(race, 12, async ({ maxSize, after, how }) => {
    using queue = new SharedMemCircularQueue({ maxSize });
    const { bufferName, headTailBufferName } = queue;
    const attach = { bufferName, headTailBufferName };
    const killed = new ProcessPeer();
    const bursts = [{ count: NO_END, pause: 0, how }];
    const crash = killed.do({ do: "produce", queue: attach, tag: 0, bursts });
    crash.catch(() => {});
    const taking = [{ count: 7, pause: 0 }];
    const before = await ourselves.do({ do: "consume", queue: attach, total: after, bursts: taking });
    await killed.kill();
    const sent = ourselves.do({
      do: "produce",
      queue: attach,
      tag: 1,
      bursts: [{ count: 20, pause: 0, how }],
    });
    const rows = before;
    while (rows.filter(([tag]) => tag === 1).length < 20) {
      rows.push(
        ...(await ourselves.do({ do: "consume", queue: attach, total: 1, bursts: [{ count: 1, pause: 0 }] })),
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
    const { imageBufferNames, infoBufferName } = manager;
    const images = { imageBufferNames, infoBufferName };
    const sizes = [
      [640, 480],
      [320, 200],
    ] as const;
    const killed = new ProcessPeer();
    const crash = killed.do({
      do: "paint",
      images,
      sizes,
      bursts: [{ count: NO_END, pause: 0, how: "beginWrite" }],
    });
    crash.catch(() => {});
    while ((manager.newestFrame?.frame ?? 0) < after) await new Promise((resolve) => setImmediate(resolve));
    await killed.kill();
    let facts = manager.newestFrame;
    // One that was killed while it wrote a camera is known to be dead after a moment.
    for (; facts === null; facts = manager.newestFrame) await new Promise((resolve) => setImmediate(resolve));
    const left = facts.frame ?? -1;
    expect(left).toBeGreaterThanOrEqual(after);
    expect(await ourselves.do({ do: "watch", images, sizes, last: left, how: "poll" })).toEqual({
      seen: [left],
      wrong: [],
    });
    manager.write(1, 1, Uint8Array.of(7, 7, 7));
    expect(manager.read()).toMatchObject({ width: 1, height: 1, data: Uint8Array.of(7, 7, 7) });
  });
});
