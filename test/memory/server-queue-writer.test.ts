import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { SharedMemCircularQueue } from "../../src/fury/circular-queue.ts";
import { EventRowError } from "../../src/memory/event-row.ts";
import { MemoryLayoutError } from "../../src/memory/memory-segment.ts";
import { QueueLock, STALE_LOCK_MS } from "../../src/memory/queue-lock.ts";
import { QueueRing } from "../../src/memory/queue-memory.ts";
import { ServerQueueWriter } from "../../src/memory/server-queue-writer.ts";
import { manualClock } from "../support/manual-clock.ts";

setDefaultTimeout(60_000);

const row = (index: number) => [3, 0, 0.5, 0.5, 0, 0, index, 0];
const rows = (...indices: number[]) => indices.map(row);

/** Dequeues the oldest row as FURY's consumer does: returns its index in the memory, not a copy. */
function dequeueInPlace(queue: SharedMemCircularQueue): number {
  const { head, tail, maxSize } = queue;
  if (head === tail) queue.setHeadTail(-1, -1, 0);
  else queue.setHeadTail((head + 1) % maxSize, tail, 0);
  return head;
}

describe("the server's queue writer", () => {
  test("offered rows are appended as far as they fit, and are dequeued in order", () => {
    using queue = new SharedMemCircularQueue({ maxSize: 4 });
    expect(queue.serverWriter.offer(rows(1))).toBe(1);
    expect(queue.serverWriter.offer(rows(2, 3, 4))).toBe(2);
    expect(queue.serverWriter.offer(rows(4))).toBe(0);
    expect(queue.dequeue()?.[6]).toBe(1);
    expect(queue.serverWriter.offer(rows(4, 5))).toBe(1);
    expect([1, 2, 3, 4].map(() => queue.dequeue()?.[6])).toEqual([2, 3, 4, undefined]);
    expect(queue.serverWriter.offer([])).toBe(0);
  });

  test.each([2, 3, 20])(
    "in a queue of %i the row dequeued last is not overwritten until another is dequeued, since FURY reads it in place",
    (maxSize) => {
      using queue = new SharedMemCircularQueue({ maxSize });
      let [offered, received] = [0, 0];
      for (let step = 0; step < 300; step++) {
        while (queue.serverWriter.offer(rows(offered)) === 1) offered++;
        for (let count = 1 + (step % maxSize); count > 0 && !queue.isEmpty; count--) {
          const index = dequeueInPlace(queue);
          while (queue.serverWriter.offer(rows(offered)) === 1) offered++;
          expect(queue.buffer.get(index)[6]).toBe(received++);
        }
      }
      expect(received).toBeGreaterThan(300);
    },
  );

  test("an invalid row is refused, and no row of its batch is enqueued", () => {
    using queue = new SharedMemCircularQueue();
    expect(() => queue.serverWriter.offer([row(1), [Number.NaN, 0, 0, 0, 0, 0, 0, 0]])).toThrow(
      EventRowError,
    );
    expect(() => queue.serverWriter.offer([row(1), [1, 2]])).toThrow("A row of this queue has 8 values");
    expect([queue.isEmpty, queue.isUnlocked()]).toEqual([true, true]);
  });

  test("only the newest queued row can be changed", () => {
    using queue = new SharedMemCircularQueue({ maxSize: 4 });
    const later = (newest: Float64Array) => {
      newest[6] = 9;
      return true;
    };
    expect(queue.serverWriter.changeNewest(later)).toBeFalse();
    queue.serverWriter.offer(rows(1, 2));
    expect(queue.serverWriter.changeNewest(() => false)).toBeFalse();
    expect(queue.serverWriter.changeNewest(later)).toBeTrue();
    expect([queue.dequeue()?.[6], queue.dequeue()?.[6], queue.dequeue()]).toEqual([1, 9, null]);
    expect(queue.isUnlocked()).toBeTrue();
  });

  test("waitingMs is the age of the oldest queued row", () => {
    using queue = new SharedMemCircularQueue({ maxSize: 4 });
    expect(queue.serverWriter.waitingMs).toBe(0);
    using clock = manualClock();
    queue.serverWriter.offer(rows(1));
    clock.now += 5;
    queue.serverWriter.offer(rows(2));
    clock.now += 2;
    expect(queue.serverWriter.waitingMs).toBe(7);
    queue.dequeue();
    expect(queue.serverWriter.waitingMs).toBe(2);
    queue.dequeue();
    expect(queue.serverWriter.waitingMs).toBe(0);
  });

  test("a closed queue accepts no row and is not accessed", () => {
    const queue = new SharedMemCircularQueue();
    queue.serverWriter.offer(rows(1));
    queue.cleanup();
    expect([
      queue.serverWriter.offer(rows(2)),
      queue.serverWriter.changeNewest(() => true),
      queue.serverWriter.waitingMs,
    ]).toEqual([0, false, 0]);
  });

  test("memory truncated by another process during an insertion counts as gone and throws no error", () => {
    const state = { isGone: false };
    const truncate = () => {
      state.isGone = true;
      throw new MemoryLayoutError("The segment was truncated by another process.");
    };
    const writer = new ServerQueueWriter(
      new QueueRing({
        rows: { maxSize: 4, dimension: 8, get: truncate, set: truncate },
        words: new Int32Array([0, 0, 0]),
        lock: {
          broken: 0,
          tryAcquire: () => true,
          holds: () => true,
          release: () => {},
          isUnlocked: () => true,
        },
        replace: () => true,
        isGone: () => state.isGone,
      }),
    );
    expect(writer.offer(rows(1))).toBe(0);
    state.isGone = false;
    expect(writer.changeNewest(() => true)).toBeFalse();
  });

  test("the lock is released after any error while it is held", () => {
    using queue = new SharedMemCircularQueue({ maxSize: 4 });
    queue.serverWriter.offer(rows(1));
    const fails = () => {
      throw new Error("no such row");
    };
    expect(() => queue.serverWriter.changeNewest(fails)).toThrow("no such row");
    expect(queue.isUnlocked()).toBeTrue();
    expect(queue.serverWriter.offer(rows(2))).toBe(1);
  });

  test("nothing is appended behind a row that a stopped consumer may have half removed, until the queue is empty", () => {
    using queue = new SharedMemCircularQueue({ maxSize: 4 });
    queue.serverWriter.offer(rows(1));
    queue.setHeadTail(0, 0, 1); // the consumer is suspended with the lock set, after it has read head and tail
    using clock = manualClock();
    while (!queue.isUnlocked()) {
      expect(queue.serverWriter.offer(rows(2))).toBe(0);
      clock.now += 20;
      expect(clock.now).toBeLessThan(2 * STALE_LOCK_MS);
    }
    expect(queue.brokenLocks).toBe(1);
    expect([queue.serverWriter.offer(rows(2)), queue.serverWriter.changeNewest(() => true)]).toEqual([
      0,
      false,
    ]);
    queue.setHeadTail(-1, -1, 0); // the consumer continues
    expect(queue.serverWriter.offer(rows(2, 3))).toBe(2);
    expect(queue.serverWriter.offer(rows(4))).toBe(1);
    expect([1, 2, 3].map(() => queue.dequeue()?.[6])).toEqual([2, 3, 4]);
  });
});

/**
 * FURY's dequeue, one memory access per step: another program may act between any two. It reads the row in place, as its last
 * step.
 */
function* dequeueInSteps(
  words: Int32Array,
  maxSize: number,
  onRow: (index: number) => void,
): Generator<void> {
  const load = (index: number) => Atomics.load(words, index);
  const unlocked = load(2) === 0;
  yield;
  if (!unlocked) return;
  Atomics.store(words, 2, 1);
  yield;
  const head = load(0);
  yield;
  if (head !== -1) {
    const tail = load(1);
    yield;
    if (head !== tail) {
      Atomics.store(words, 0, (head + 1) % maxSize);
    } else {
      Atomics.store(words, 0, -1);
      yield;
      Atomics.store(words, 1, -1);
      yield;
      Atomics.store(words, 2, 1);
    }
    yield;
  }
  Atomics.store(words, 2, 0);
  yield;
  if (head !== -1) onRow(head);
}

const MAX_SIZE = 4;
/** Number of steps of a dequeue. */
const STEPS = 10;
/** Maximum number of dequeues at one point: all queued rows, and the new one. */
const MAX_DEQUEUES = 3;

/** All schedules of up to MAX_DEQUEUES dequeues, in steps, at one or two of `points` points. */
function* schedules(points: number): Generator<number[]> {
  const maxSteps = MAX_DEQUEUES * STEPS;
  for (let first = 0; first < points; first++) {
    for (let second = first + 1; second < points; second++) {
      for (let plan = 0; plan < (maxSteps + 1) ** 2; plan++) {
        const steps = new Array<number>(points).fill(0);
        steps[first] = plan % (maxSteps + 1);
        steps[second] = Math.floor(plan / (maxSteps + 1));
        yield steps;
      }
    }
  }
}

/** A queue of numbers with a consumer that acts between the accesses of the writer, by the scheduled numbers of steps. */
class Race {
  readonly received: number[] = [];
  readonly writer: ServerQueueWriter;
  readonly #schedule: Iterator<number>;
  readonly #consumer: Generator<void>;

  constructor(queued: number, head: number, schedule: readonly number[]) {
    const tail = (head + queued - 1) % MAX_SIZE;
    const words = queued > 0 ? Int32Array.of(head, tail, 0) : Int32Array.of(-1, -1, 0);
    const memory = Array.from({ length: MAX_SIZE }, (_, index) => (index - head + MAX_SIZE) % MAX_SIZE);
    const lock = new QueueLock(words, 2);
    this.#schedule = schedule.values();
    this.#consumer = this.#consume(words, memory);
    this.writer = new ServerQueueWriter(
      new QueueRing({
        words,
        rows: {
          maxSize: MAX_SIZE,
          dimension: 1,
          get: (index) => Float64Array.of(memory[index] ?? -1),
          set: (index, row) => {
            this.#act();
            memory[index] = row[0] ?? -1;
          },
        },
        lock: {
          broken: 0,
          tryAcquire: () => lock.tryAcquire(),
          release: () => lock.release(),
          holds: () => {
            this.#act();
            const held = lock.holds();
            this.#act();
            return held;
          },
          isUnlocked: () => {
            this.#act(1);
            return lock.isUnlocked();
          },
        },
        replace: (before, after) => {
          this.#act();
          const same = words[0] === before.head && words[1] === before.tail && lock.holds();
          if (same) words.set([after.head, after.tail]);
          this.#act();
          return same;
        },
        isGone: () => false,
      }),
    );
  }

  /** Calls `action` until it returns true. The consumer acts before each call, by different numbers of steps: else its lock might always be set. */
  until(action: () => boolean): void {
    for (let tries = 0; ; tries++) {
      if (tries > 100) throw new Error("The action never succeeded");
      this.#act(tries % 11);
      if (action()) return;
    }
  }

  consume(steps: number): void {
    for (let step = 0; step < steps; step++) this.#consumer.next();
  }

  /** Runs the next number of steps; `afterEnd` steps after the end of the schedule. */
  #act(afterEnd = 0): void {
    this.consume(this.#schedule.next().value ?? afterEnd);
  }

  *#consume(words: Int32Array, memory: readonly number[]): Generator<void> {
    for (;;) yield* dequeueInSteps(words, MAX_SIZE, (index) => this.received.push(memory[index] ?? -1));
  }
}

test("no row is lost, duplicated or reordered, wherever FURY's consumer acts between the writer's steps", () => {
  const failures: object[] = [];
  for (const queued of [0, 1, 2]) {
    for (const steps of schedules(5)) {
      const race = new Race(queued, queued, steps);
      for (const row of [queued, queued + 1]) race.until(() => race.writer.offer([[row]]) === 1);
      race.consume(6 * STEPS);
      if (!race.received.every((row, at) => row === at) || race.received.length !== queued + 2) {
        failures.push({ queued, steps, received: race.received });
      }
    }
  }
  expect(failures).toEqual([]);
});

test("a changed newest row is received once changed, wherever FURY's consumer acts between the writer's steps", () => {
  const outcomes = new Set<string>();
  for (const queued of [1, 2]) {
    for (const steps of schedules(4)) {
      const race = new Race(queued, 3, steps);
      const changed = race.writer.changeNewest((newest) => {
        newest[0] = 9;
        return true;
      });
      if (!changed) race.until(() => race.writer.offer([[9]]) === 1);
      race.consume(6 * STEPS);
      outcomes.add(race.received.join());
    }
  }
  // Twice: the consumer dequeued the row while it was changed, and which version it read is unknown.
  expect([...outcomes].toSorted()).toEqual(
    ["0,1,9", "0,9", "0,9,9", "9", "9,9"].filter((each) => outcomes.has(each)),
  );
  expect(outcomes).toContain("0,9");
  expect(outcomes).toContain("9");
});
