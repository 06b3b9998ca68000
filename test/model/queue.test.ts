import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import type { GenericCircularQueue } from "../../src/fury/circular-queue.ts";
import { attachQueue, KINDS, queueSegments } from "../memory/kinds.ts";
import { holdsForAll } from "./property.ts";
import { QueueModel } from "./queue-model.ts";

// The time per property is limited, see property.ts; starting is slow on a busy machine.
setDefaultTimeout(60_000);

/** Index of the queue that acts: 0 created the memory, 1 is attached. */
const side = fc.nat(1);

/** Head and tail: in the range of this queue, just outside of it, or any value that a program can write. */
const place = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -2, max: 9 }) },
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(1.5, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY),
);
const nonFinite = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("enqueue"), side }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("tryEnqueue"), side }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("offer"), side, count: fc.nat(12) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("dequeue"), side }) },
  fc.record({ do: fc.constant("lock"), side }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unlock"), side }) },
  fc.record({ do: fc.constant("foreignLock"), held: fc.boolean() }),
  fc.record({ do: fc.constant("setHeadTail"), side, head: place, tail: place, held: fc.boolean() }),
  fc.record({ do: fc.constant("writeNonFinite"), place: fc.nat(8), index: fc.nat(8), value: nonFinite }),
  fc.record({ do: fc.constant("badRow"), side, length: fc.nat(9), index: fc.nat(8), value: nonFinite }),
  fc.record({ do: fc.constant("attachAgain") }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const scenario = fc.record({
  maxSize: fc.integer({ min: 1, max: 7 }),
  dimension: fc.integer({ min: 1, max: 9 }),
  steps: fc.array(step, { minLength: 1, maxLength: 60 }),
});

/** A queue and its model, which run the same steps. */
class ModelRun {
  readonly #queue: GenericCircularQueue;
  /** max_size, dimension, rows. */
  readonly #rows: Float64Array;
  /** Head, tail, lock. */
  readonly #words: Int32Array;
  readonly #sides: GenericCircularQueue[];
  readonly #model: QueueModel;
  readonly #dimension: number;
  /** Index of the newest row of each side's server writer. */
  readonly #lastOffered: number[] = [];
  #next = 1;
  #refusedBefore = 0;

  constructor(queue: GenericCircularQueue, segments: ReturnType<typeof queueSegments>) {
    const { maxSize, dimension } = queue;
    this.#rows = new Float64Array(segments.rows.buffer);
    this.#words = new Int32Array(segments.headTail.buffer);
    this.#queue = queue;
    this.#sides = [queue, attachQueue(queue)];
    this.#model = new QueueModel(maxSize);
    this.#dimension = dimension;
  }

  run(step: Step): void {
    const model = this.#model;
    switch (step.do) {
      case "enqueue":
        if (model.holder !== "none") break; // enqueue would wait until the holder counts as dead
        expect(this.#side(step.side).enqueue(this.#row())).toBe(model.enqueue(this.#next++) === "queued");
        break;
      case "tryEnqueue": {
        const expected = model.holder === "none" ? model.enqueue(this.#next) : "locked";
        expect(this.#side(step.side).tryEnqueue(this.#row())).toBe(expected);
        this.#next++;
        break;
      }
      case "offer": {
        const numbers = Array.from({ length: step.count }, (_, index) => this.#next + index);
        this.#next += step.count;
        const expected =
          model.holder === "none" ? model.offer(numbers, this.#lastOffered[step.side] ?? -1) : 0;
        if (expected > 0) this.#lastOffered[step.side] = model.tail;
        const rows = numbers.map((number) => this.#row(number));
        expect(this.#side(step.side).serverWriter.offer(rows)).toBe(expected);
        break;
      }
      case "dequeue": {
        if (model.holder !== "none" && !model.isEmpty) break;
        const row = this.#side(step.side).dequeue();
        const number = model.dequeue();
        expect(row && Array.from(row)).toEqual(number === undefined ? null : this.#row(number ?? 0));
        break;
      }
      case "lock":
        if (model.holder !== "none") break;
        expect(this.#side(step.side).lock()).toBeTrue();
        model.holder = step.side;
        break;
      case "unlock":
        this.#side(step.side).unlock();
        if (model.holder === step.side) model.holder = "none";
        break;
      case "foreignLock":
        this.#words[2] = step.held ? 1 : 0;
        model.holder = step.held ? "foreign" : "none";
        break;
      case "setHeadTail":
        this.#side(step.side).setHeadTail(step.head, step.tail, step.held ? 1 : 0);
        model.head = step.head | 0; // converted to int32
        model.tail = step.tail | 0;
        model.holder = step.held ? "foreign" : "none";
        break;
      case "writeNonFinite": {
        const at = step.place % model.maxSize;
        this.#rows[2 + at * this.#dimension + (step.index % this.#dimension)] = step.value;
        model.nonFinite.add(at);
        break;
      }
      case "badRow": {
        const row = this.#row().slice(0, step.length);
        if (row.length === this.#dimension) row[step.index % this.#dimension] = step.value;
        const queue = this.#side(step.side);
        const message =
          row.length === this.#dimension ? "must be a finite number" : `this one has ${row.length}`;
        expect(() => queue.tryEnqueue(row)).toThrow(message);
        expect(() => queue.enqueue(row)).toThrow(message);
        expect(() => queue.serverWriter.offer([row])).toThrow(message);
        break;
      }
      case "attachAgain":
        if (model.holder === 1) model.holder = "foreign"; // its lock stays set, and no holder can release it
        this.#refusedBefore += this.#side(1).refusedRows;
        this.#side(1).cleanup();
        this.#sides[1] = attachQueue(this.#queue);
        this.#lastOffered[1] = model.places.at(-1) ?? -1; // a new writer protects the row at the tail
    }
    this.#compare();
  }

  /** The remaining rows are dequeued in order, on either side. */
  finish(): void {
    this.run({ do: "foreignLock", held: false });
    for (let left = this.#model.places.length; left >= 0; left--) this.run({ do: "dequeue", side: left % 2 });
    expect(this.#model.isEmpty).toBeTrue();
    this.#side(1).cleanup();
    expect(this.#side(0).enqueue(this.#row())).toBeTrue();
    for (const queue of this.#sides) queue.cleanup();
    for (const queue of this.#sides) {
      expect([queue.dequeue(), queue.head, queue.tail, queue.isEmpty]).toEqual([null, -1, -1, true]);
      expect(queue.tryEnqueue(this.#row())).toBe("gone");
      expect(() => queue.enqueue(this.#row())).toThrow("was closed");
    }
  }

  #compare(): void {
    const { head, tail, isEmpty, holder, maxSize, refused } = this.#model;
    for (const queue of this.#sides) {
      expect([queue.head, queue.tail, queue.isEmpty]).toEqual([head, tail, isEmpty]);
      expect([queue.maxSize, queue.dimension]).toEqual([maxSize, this.#dimension]);
      expect([queue.isUnlocked(), queue.brokenLocks]).toEqual([holder === "none", 0]);
    }
    expect(this.#side(0).refusedRows + this.#side(1).refusedRows + this.#refusedBefore).toBe(refused);
  }

  #side(index: number): GenericCircularQueue {
    const queue = this.#sides[index];
    if (!queue) throw new Error(`There is no side ${index}`);
    return queue;
  }

  #row(number = this.#next): number[] {
    return Array.from({ length: this.#dimension }, (_, index) => number * (index + 1));
  }
}

describe.each(KINDS)("%s", (_, kind) => {
  test("two queues on the same memory behave like one plain list, whatever is written into head, tail and lock", () => {
    holdsForAll(scenario, 1500, ({ maxSize, dimension, steps }) => {
      using queue = kind.queue({ maxSize, dimension });
      using segments = queueSegments(queue);
      const modelRun = new ModelRun(queue, segments);
      for (const each of steps) modelRun.run(each);
      modelRun.finish();
    });
  });
});
