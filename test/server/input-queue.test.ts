import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { EVENT } from "../../src/memory/event-row.ts";
import { InputQueue } from "../../src/server/input/input-queue.ts";
import { dequeueRows, eventually } from "./clients.ts";

let queue: SharedMemCircularQueue;
let input: InputQueue;
let wakes: number;

const row = (id: number, value = 0, time = 0, x = 0) => Float64Array.of(id, value, x, 0, 0, 0, time, 0);

const dequeue = (count: number) => dequeueRows(queue, count);

beforeEach(() => {
  queue = new SharedMemCircularQueue({ maxSize: 4 });
  input = new InputQueue();
  wakes = 0;
  input.attach(queue.serverWriter, () => {
    wakes++;
  });
});

afterEach(() => {
  input.detach();
  queue.cleanup();
});

describe("the input queue", () => {
  test("an event is enqueued immediately, and the renderer is woken", () => {
    expect(input.push(row(EVENT.leftPress))).toBe(true);
    expect(queue.dequeue()?.[0]).toBe(EVENT.leftPress);
    expect(wakes).toBe(1);
  });

  test("a burst of ten times the queue is passed on complete and in order", async () => {
    for (let i = 0; i < 40; i++) input.push(row(i % 2 ? EVENT.leftRelease : EVENT.leftPress, 0, i));
    const rows = await dequeue(40);
    expect(rows.map((each) => each[6])).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(input.pending).toBe(0);
    expect(input.accepted).toBe(40);
  });

  test("while the queue is full, moves are merged to the newest, wheel turns to the product of their zooms, and nothing overtakes a click", async () => {
    for (let i = 0; i < 3; i++) input.push(row(EVENT.leftPress, 0, i));
    for (let i = 10; i < 15; i++) input.push(row(EVENT.mouseMove, 0, i));
    for (let i = 20; i < 23; i++) input.push(row(EVENT.wheel, 10, i, i));
    input.push(row(EVENT.leftRelease, 0, 30));
    for (let i = 40; i < 43; i++) input.push(row(EVENT.mouseMove, 0, i));
    expect(input.pending).toBe(4);
    const rows = await dequeue(7);
    expect(rows.slice(3).map(([id, value, x, , , , time]) => [id, value, x, time])).toEqual([
      [EVENT.mouseMove, 0, 0, 14],
      // Three factors of 0.99; the sum of their deltas would be 30. That of deltaX is 20 + 21 + 22.
      [EVENT.wheel, expect.closeTo(29.701, 6), 63, 22],
      [EVENT.leftRelease, 0, 0, 30],
      [EVENT.mouseMove, 0, 0, 42],
    ]);
  });

  test("a renderer that keeps up gets every move, and one that reads 30 events a second, as FURY's Widget does, gets the newest", async () => {
    const emptySink = {
      waitingMs: 0,
      offer: queue.serverWriter.offer.bind(queue.serverWriter),
      changeNewest: () => false,
    };
    input.attach(emptySink, () => {});
    for (let i = 0; i < 3; i++) input.push(row(EVENT.mouseMove, 0, i));
    expect((await dequeue(3)).map((each) => each[6])).toEqual([0, 1, 2]);

    input.attach(queue.serverWriter, () => {
      wakes++;
    });
    input.push(row(EVENT.leftPress, 0, 10));
    input.push(row(EVENT.mouseMove, 0, 11));
    await eventually(() => queue.serverWriter.waitingMs > 40, "the consumer is behind");
    for (let i = 12; i < 16; i++) input.push(row(EVENT.mouseMove, 0, i));
    input.push(row(EVENT.leftRelease, 0, 16));
    expect([input.pending, wakes]).toEqual([0, 7]);
    expect((await dequeue(3)).map((each) => [each[0], each[6]])).toEqual([
      [EVENT.leftPress, 10],
      [EVENT.mouseMove, 15],
      [EVENT.leftRelease, 16],
    ]);
  });

  test("merged wheel events zoom as far as the single ones, by 1 - delta / 1000 each", async () => {
    for (let i = 0; i < 3; i++) input.push(row(EVENT.leftPress));
    for (let i = 0; i < 5; i++) input.push(row(EVENT.wheel, -100));
    // The product of the zoom factors; their sum would be 1.5.
    expect((await dequeue(4))[3]?.[1]).toBeCloseTo(1000 - 1000 * 1.1 ** 5, 6);
  });

  test("merged wheel events never make FURY's zoom factor of 1 - delta / 1000 negative", async () => {
    for (let i = 0; i < 3; i++) input.push(row(EVENT.leftPress));
    for (let i = 0; i < 30; i++) input.push(row(EVENT.wheel, 100));
    input.push(row(EVENT.wheel, 1500));
    input.push(row(EVENT.wheel, 1500));
    const zooms = (await dequeue(3 + 5)).slice(3).map((each) => 1 - (each[1] ?? 0) / 1000);
    expect(zooms.every((zoom) => zoom === -0.5 || (zoom >= 0.25 && zoom < 1))).toBeTrue();
    expect(zooms.slice(-2)).toEqual([-0.5, -0.5]);
    expect(zooms.slice(0, -2).reduce((all, zoom) => all * zoom)).toBeCloseTo(0.9 ** 30, 9);
  });

  test("events are refused when a renderer reads none and 1024 are waiting", () => {
    let accepted = 0;
    for (; accepted < 100_000 && input.push(row(EVENT.leftPress)); accepted++);
    expect(accepted).toBe(3 + 1024);
    expect(input.refused).toBe(1);
    expect(input.push(row(EVENT.leftPress))).toBe(false);
  });

  test("events without a renderer are refused", () => {
    input.detach();
    input.detach();
    expect(input.push(row(EVENT.mouseMove))).toBe(false);
    expect(input.pending).toBe(0);
  });

  test("the lock of a dead process is broken", async () => {
    queue.setHeadTail(-1, -1, 1);
    input.push(row(EVENT.leftPress, 0, 1));
    input.push(row(EVENT.leftRelease, 0, 2));
    await eventually(() => input.pending === 0, "the pending events are enqueued");
    expect((await dequeue(2)).map((each) => each[6])).toEqual([1, 2]);
  });

  test("the lock of a dead process on a queue with rows is broken, and the renderer gets the events that follow them", async () => {
    queue.enqueue(row(EVENT.leftPress, 0, 1));
    queue.setHeadTail(0, 0, 1);
    input.push(row(EVENT.leftRelease, 0, 2));
    await eventually(() => queue.isUnlocked(), "the lock is broken");
    expect((await dequeue(2)).map((each) => each[6])).toEqual([1, 2]);
  });
});
