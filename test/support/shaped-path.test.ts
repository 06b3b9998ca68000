import { expect, test } from "bun:test";
import { eventually } from "../server/clients.ts";
import { ShapedPath } from "./shaped-path.ts";

test("a path of limited capacity delays packets, and drops those that its queue cannot hold", async () => {
  // 10 ms per packet; the queue holds 20.
  using path = new ShapedPath({ bytesPerMs: 100, queueBytes: 20_000 }, Math.random);
  const start = performance.now();
  const arrived: number[] = [];
  for (let number = 0; number < 100; number++) path.send(1000, () => arrived.push(number));
  expect(path.counts.delivered).toBe(0);
  await eventually(
    () => path.counts.delivered + path.counts.overflowed === 100,
    "all queued packets have arrived",
  );
  expect(arrived.length).toBe(path.counts.delivered);
  expect(arrived.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, number) => number));
  expect(arrived.length).toBeLessThan(100);
  expect(performance.now() - start).toBeGreaterThanOrEqual(10 * arrived.length);
});

test("a path reports the time of each packet in its queue", () => {
  using path = new ShapedPath({ bytesPerMs: 100, queueBytes: 3_000 }, Math.random);
  const waits: number[] = [];
  path.onWait = (waitMs) => waits.push(waitMs);
  for (let number = 0; number < 10; number++) path.send(1000, () => {});
  expect(waits.length).toBe(10 - path.counts.overflowed);
  for (const [number, waitMs] of waits.entries()) {
    expect(waitMs).toBeGreaterThanOrEqual(waits[number - 1] ?? 0);
    expect(waitMs).toBeLessThanOrEqual(10 * number);
  }
  expect(waits.at(-1)).toBeGreaterThan(0);
});

test("a path accepts packets again when its queue is empty", async () => {
  using path = new ShapedPath({ bytesPerMs: 5, queueBytes: 1000 }, Math.random);
  for (const times of [1, 2]) {
    path.send(1000, () => {});
    path.send(1000, () => {});
    await eventually(() => path.counts.delivered === times, "the packet has arrived");
    expect(path.counts.overflowed).toBe(times);
  }
});

test("a disposed path delivers no more packets", async () => {
  const path = new ShapedPath({ delayMs: 5 }, Math.random);
  let arrived = 0;
  path.send(10, () => arrived++);
  path[Symbol.dispose]();
  await Bun.sleep(20);
  expect(arrived).toBe(0);
});
