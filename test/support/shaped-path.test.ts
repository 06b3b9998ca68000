import { expect, test } from "bun:test";
import { eventually } from "../server/clients.ts";
import { ShapedPath } from "./shaped-path.ts";

test("a narrow path takes its time, and drops what its queue does not hold", async () => {
  // 10 ms for a packet; 20 of them wait at a time.
  using path = new ShapedPath({ bytesPerMs: 100, queueBytes: 20_000 }, Math.random);
  const start = performance.now();
  const came: number[] = [];
  for (let number = 0; number < 100; number++) path.send(1000, () => came.push(number));
  const { delivered: atOnce } = path.counts;
  expect(atOnce).toBe(0);
  await eventually(() => path.counts.delivered + path.counts.overflowed === 100, "what was kept has come");
  expect(came.length).toBe(path.counts.delivered);
  expect(came.slice(0, 20)).toEqual(Array.from({ length: 20 }, (_, number) => number));
  expect(came.length).toBeLessThan(100);
  expect(performance.now() - start).toBeGreaterThanOrEqual(10 * came.length);
});

test("a narrow path tells how long each packet that it takes waits", () => {
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

test("a path whose queue has run empty takes packets again", async () => {
  using path = new ShapedPath({ bytesPerMs: 5, queueBytes: 1000 }, Math.random);
  for (const times of [1, 2]) {
    path.send(1000, () => {});
    path.send(1000, () => {});
    await eventually(() => path.counts.delivered === times, "the packet has come");
    expect(path.counts.overflowed).toBe(times);
  }
});

test("a path that is put away brings nothing more", async () => {
  const path = new ShapedPath({ delayMs: 5 }, Math.random);
  let came = 0;
  path.send(10, () => came++);
  path[Symbol.dispose]();
  await Bun.sleep(20);
  expect(came).toBe(0);
});
