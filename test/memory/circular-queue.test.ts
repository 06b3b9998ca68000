import { expect, test } from "bun:test";
import { EventRowError } from "../../src/memory/event-row.ts";
import { SharedMemCircularQueue } from "../../src/memory/shared-mem-circular-queue.ts";
import { attachFloats, attachWords, leftOver } from "./segments.ts";

const row = (index: number) => [2, 0, 0.5, 0.5, 0, 0, index, 0];

function attach(queue: SharedMemCircularQueue): SharedMemCircularQueue {
  const { bufferName, headTailBufferName } = queue;
  return new SharedMemCircularQueue({ bufferName, headTailBufferName });
}

test("a queue of 3 takes 3, refuses the 4th, and gives them back in order", () => {
  using queue = new SharedMemCircularQueue({ maxSize: 3 });
  expect([1, 2, 3, 4].map((index) => queue.enqueue(row(index)))).toEqual([true, true, true, false]);
  expect(queue.tryEnqueue(row(4))).toBe("full");
  expect([1, 2, 3, 4].map(() => queue.dequeue()?.[6])).toEqual([1, 2, 3, undefined]);
  expect([queue.head, queue.tail, queue.isEmpty]).toEqual([-1, -1, true]);
});

test.each([1, 2, 7])("a queue of %i behaves as a list of that length, round and round", (maxSize) => {
  using queue = new SharedMemCircularQueue({ maxSize });
  const model: number[] = [];
  for (let step = 0; step < 500; step++) {
    if ((step * 7919) % 5 < 3) {
      expect(queue.enqueue(row(step))).toBe(model.length < maxSize);
      if (model.length < maxSize) model.push(step);
    } else {
      expect(queue.dequeue()?.[6]).toBe(model.shift());
    }
    expect(queue.isUnlocked()).toBeTrue();
  }
});

test("attaching recovers size and dimension, and both see the same rows", () => {
  using queue = new SharedMemCircularQueue({ maxSize: 5, dimension: 6 });
  using other = attach(queue);
  expect([other.maxSize, other.dimension]).toEqual([5, 6]);
  other.enqueue([1, 2, 3, 4, 5, 6]);
  expect(Array.from(queue.dequeue() ?? [])).toEqual([1, 2, 3, 4, 5, 6]);
});

test("a row of the wrong length or with NaN or Infinity is refused and nothing is queued", () => {
  using queue = new SharedMemCircularQueue();
  expect(() => queue.enqueue([1, 2, 3])).toThrow("A row of this queue has 8 values; this one has 3.");
  expect(() => queue.enqueue([1, Number.NaN, 0, 0, 0, 0, 0, 0])).toThrow(EventRowError);
  expect(() => queue.tryEnqueue([1, 0, 0, 0, 0, 0, Number.NEGATIVE_INFINITY, 0])).toThrow("Value 6");
  expect([queue.isEmpty, queue.isUnlocked()]).toEqual([true, true]);
});

test("shapes that no queue has are refused in words", () => {
  expect(() => new SharedMemCircularQueue({ maxSize: 0 })).toThrow(
    "A queue's maxSize must be a whole number from 1 on; it is 0.",
  );
  expect(() => new SharedMemCircularQueue({ dimension: 2.5 })).toThrow("dimension must be a whole number");
});

test("rows that another process filled with NaN are passed over and counted", () => {
  using queue = new SharedMemCircularQueue();
  for (const index of [1, 2, 3]) queue.enqueue(row(index));
  using rows = attachFloats(queue.bufferName);
  rows.values[2 + 8 + 3] = Number.NaN;
  expect([queue.dequeue()?.[6], queue.dequeue()?.[6], queue.dequeue()]).toEqual([1, 3, null]);
  expect(queue.refusedRows).toBe(1);
});

test.each([
  [7, 0],
  [0, 7],
  [-5, 2],
  [3, -1],
  [-1, 1],
  [2 ** 31 - 1, 2 ** 31 - 1],
])("head %i and tail %i in a queue of 3 count as empty, and the queue goes on", (head, tail) => {
  using queue = new SharedMemCircularQueue({ maxSize: 3 });
  queue.setHeadTail(head, tail, 0);
  expect(queue.dequeue()).toBeNull();
  expect([1, 2, 3, 4].map((index) => queue.enqueue(row(index)))).toEqual([true, true, true, false]);
  expect([1, 2, 3].map(() => queue.dequeue()?.[6])).toEqual([1, 2, 3]);
});

test("while another holds the lock, tryEnqueue says so at once and loses nothing", () => {
  using queue = new SharedMemCircularQueue();
  using other = attach(queue);
  expect(other.lock()).toBeTrue();
  expect(queue.isUnlocked()).toBeFalse();
  expect(queue.tryEnqueue(row(1))).toBe("locked");
  other.unlock();
  expect(queue.tryEnqueue(row(1))).toBe("queued");
  expect(queue.dequeue()?.[6]).toBe(1);
});

test("a lock that stays set is broken, and what was queued before is still there", () => {
  using queue = new SharedMemCircularQueue();
  queue.enqueue(row(1));
  queue.setHeadTail(0, 0, 1);
  expect(queue.enqueue(row(2))).toBeTrue();
  expect(queue.brokenLocks).toBe(1);
  expect([queue.dequeue()?.[6], queue.dequeue()?.[6]]).toEqual([1, 2]);
  queue.enqueue(row(3));
  queue.setHeadTail(0, 0, 1);
  expect(queue.dequeue()?.[6]).toBe(3);
  expect(queue.isUnlocked()).toBeTrue();
});

test("unlock leaves a lock alone that is another's", () => {
  using queue = new SharedMemCircularQueue();
  using words = attachWords(queue.headTailBufferName);
  words.words[2] = 1;
  queue.unlock();
  expect(queue.isUnlocked()).toBeFalse();
  words.words[2] = 0;
});

test("cleanup removes the segments of the creator only, and may be called twice", () => {
  const queue = new SharedMemCircularQueue();
  const names = Object.values(queue.names);
  attach(queue).cleanup();
  expect(leftOver(names)).toEqual(names);
  queue.cleanup();
  queue.cleanup();
  expect(leftOver(names)).toEqual([]);
});
