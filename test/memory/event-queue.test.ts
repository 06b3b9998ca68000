import { describe, expect, test } from "bun:test";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { EventRowError } from "../../src/memory/event-row.ts";
import { MemoryLayoutError } from "../../src/memory/memory-segment.ts";
import { sweepSharedMemory } from "../../src/native/shared-memory.ts";
import { attachQueue, KINDS, openQueue, queueSegments } from "./kinds.ts";
import { leftOver } from "./segments.ts";

const row = (index: number) => [2, 0, 0.5, 0.5, 0, 0, index, 0];

describe.each(KINDS)("%s", (_, kind) => {
  test("a queue of 3 accepts 3 rows, refuses the 4th, and returns them in order", () => {
    using queue = kind.queue({ maxSize: 3 });
    expect([1, 2, 3, 4].map((index) => queue.enqueue(row(index)))).toEqual([true, true, true, false]);
    expect(queue.tryEnqueue(row(4))).toBe("full");
    expect([1, 2, 3, 4].map(() => queue.dequeue()?.[6])).toEqual([1, 2, 3, undefined]);
    expect([queue.head, queue.tail, queue.isEmpty]).toEqual([-1, -1, true]);
  });

  test("head and tail can be set separately, as in FURY", () => {
    using queue = kind.queue({ maxSize: 4 });
    for (const index of [1, 2, 3]) queue.enqueue(row(index));
    queue.head = 2;
    expect([queue.head, queue.tail, queue.dequeue()?.[6]]).toEqual([2, 2, 3]);
    queue.head = 0;
    queue.tail = 1;
    expect([queue.dequeue()?.[6], queue.dequeue()?.[6], queue.dequeue()]).toEqual([1, 2, null]);
    queue.cleanup();
    expect(() => {
      queue.head = 0;
    }).toThrow(MemoryLayoutError);
  });

  test("an attached queue has the same size, dimension and rows", () => {
    using queue = kind.queue({ maxSize: 5, dimension: 6 });
    using other = attachQueue(queue);
    expect([other.maxSize, other.dimension]).toEqual([5, 6]);
    other.enqueue([1, 2, 3, 4, 5, 6]);
    expect(() => other.enqueue([1, 0, 0, 0, 0, 0, 0, 0])).toThrow(
      "A row of this queue has 6 values; this one has 8.",
    );
    expect(Array.from(queue.dequeue() ?? [])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("a row of the wrong length or with NaN or Infinity is refused and nothing is queued", () => {
    using queue = kind.queue();
    expect(() => queue.enqueue([1, 2, 3])).toThrow("A row of this queue has 8 values; this one has 3.");
    expect(() => queue.enqueue([1, Number.NaN, 0, 0, 0, 0, 0, 0])).toThrow(EventRowError);
    expect(() => queue.tryEnqueue([1, 0, 0, 0, 0, 0, Number.NEGATIVE_INFINITY, 0])).toThrow("Value 6");
    expect([queue.isEmpty, queue.isUnlocked()]).toEqual([true, true]);
  });

  test("rows that another process filled with NaN are discarded and counted", () => {
    using queue = kind.queue();
    for (const index of [1, 2, 3]) queue.enqueue(row(index));
    using segments = queueSegments(queue);
    new Float64Array(segments.rows.buffer)[2 + 8 + 3] = Number.NaN;
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
  ])("head %i and tail %i in a queue of 3 count as empty, and the queue stays usable", (head, tail) => {
    using queue = kind.queue({ maxSize: 3 });
    queue.setHeadTail(head, tail, 0);
    expect(queue.dequeue()).toBeNull();
    expect([1, 2, 3, 4].map((index) => queue.enqueue(row(index)))).toEqual([true, true, true, false]);
    expect([1, 2, 3].map(() => queue.dequeue()?.[6])).toEqual([1, 2, 3]);
  });

  test('while another queue holds the lock, tryEnqueue returns "locked" immediately and loses no row', () => {
    using queue = kind.queue();
    using other = attachQueue(queue);
    expect(other.lock()).toBeTrue();
    expect(queue.isUnlocked()).toBeFalse();
    expect(queue.tryEnqueue(row(1))).toBe("locked");
    other.unlock();
    expect(queue.tryEnqueue(row(1))).toBe("queued");
    expect(queue.dequeue()?.[6]).toBe(1);
  });

  test("a stale lock is broken, and the rows queued before are kept", () => {
    using queue = kind.queue();
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

  test("unlock does not release the lock of another holder", () => {
    using queue = kind.queue();
    using other = attachQueue(queue);
    expect(other.lock()).toBeTrue();
    queue.unlock();
    expect(queue.isUnlocked()).toBeFalse();
    using segments = queueSegments(queue);
    const words = new Int32Array(segments.headTail.buffer);
    words[2] = 1;
    other.unlock();
    expect([queue.isUnlocked(), words[2]]).toEqual([false, 1]);
    words[2] = 0;
  });

  test("createMemResource gives the queue new empty memory; attached queues keep the old", () => {
    using queue = kind.queue({ maxSize: 3 });
    using other = attachQueue(queue);
    queue.enqueue(row(1));
    queue.createMemResource();
    expect([queue.maxSize, queue.dimension, queue.head, queue.tail]).toEqual([3, 8, -1, -1]);
    queue.enqueue(row(2));
    expect([other.dequeue()?.[6], other.dequeue()]).toEqual([1, null]);
    using third = attachQueue(queue);
    expect([third.dequeue()?.[6], queue.isEmpty]).toEqual([2, true]);
    expect(queue.serverWriter.offer([row(3)])).toBe(1);
    expect(third.dequeue()?.[6]).toBe(3);
  });

  test("loadMemResource attaches to the same memory again and loses no queued row", () => {
    using queue = kind.queue();
    using other = attachQueue(queue);
    queue.enqueue(row(1));
    queue.loadMemResource();
    other.loadMemResource();
    expect(other.dequeue()?.[6]).toBe(1);
    other.cleanup();
    expect(other.dequeue()).toBeNull();
    other.loadMemResource();
    queue.enqueue(row(2));
    expect(other.dequeue()?.[6]).toBe(2);
  });

  test("memory that is not a queue is refused with a message", () => {
    using rows = kind.segment(160);
    using headTail = kind.segment(8);
    using tiny = kind.segment(8);
    new Float64Array(rows.buffer, 0, 2).set([1, 8]);
    expect(() => openQueue({ rows: rows.key, headTail: headTail.key })).toThrow(
      "has 8 bytes, but head, tail and lock of a queue needs 12",
    );
    expect(() => openQueue({ rows: rows.key, headTail: headTail.key })).toThrow(MemoryLayoutError);
    expect(() => openQueue({ rows: tiny.key, headTail: headTail.key })).toThrow("has 8 bytes");
  });

  test("a queue after cleanup accesses no memory and throws errors", () => {
    const queue = kind.queue();
    queue.enqueue(row(1));
    queue.cleanup();
    queue.cleanup();
    expect([queue.dequeue(), queue.head, queue.tail, queue.isEmpty]).toEqual([null, -1, -1, true]);
    expect(() => queue.enqueue(row(1))).toThrow("was closed");
    expect(() => queue.setHeadTail(0, 0)).toThrow("was closed");
    expect([queue.tryEnqueue(row(1)), queue.lock()]).toEqual(["gone", false]);
  });
});

test("cleanup removes the segments of the creator only, and may be called twice", () => {
  const queue = new SharedMemCircularQueue();
  const names = Object.values(queue.names);
  const { bufferName, headTailBufferName } = queue;
  new SharedMemCircularQueue({ bufferName, headTailBufferName }).cleanup();
  expect(leftOver(names)).toEqual(names);
  queue.cleanup();
  queue.cleanup();
  expect(leftOver(names)).toEqual([]);
});

test("the creator's loadMemResource keeps the lock on its segments, so that a sweep does not remove them", () => {
  using queue = new SharedMemCircularQueue();
  queue.loadMemResource();
  expect(sweepSharedMemory()).not.toContain(queue.bufferName);
  expect(leftOver(Object.values(queue.names))).toEqual(Object.values(queue.names));
});

test("createMemResource removes the old segment names and creates new ones", () => {
  using queue = new SharedMemCircularQueue();
  const before = Object.values(queue.names);
  queue.createMemResource();
  expect(leftOver(before)).toEqual([]);
  expect(leftOver(Object.values(queue.names))).toEqual(Object.values(queue.names));
});
