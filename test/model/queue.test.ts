import { describe, expect, setDefaultTimeout, test } from "bun:test";
import fc from "fast-check";
import type { GenericCircularQueue } from "../../src/fury/generic-circular-queue.ts";
import { QUEUE_KINDS, type QueueParts } from "./kinds.ts";
import { holdsForAll } from "./property.ts";
import { QueueModel } from "./queue-model.ts";

// A busy machine may take long, see property.ts.
setDefaultTimeout(60_000);

/** Which of the two queues on the same memory acts: 0 made it, 1 attached. */
const side = fc.nat(1);

/** Head and tail: of this queue, near it, or anything that a program may write. */
const place = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -2, max: 9 }) },
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(1.5, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY),
);
const unreadable = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("enqueue"), side }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("tryEnqueue"), side }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("feed"), side, count: fc.nat(12) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant("dequeue"), side }) },
  fc.record({ do: fc.constant("lock"), side }),
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unlock"), side }) },
  fc.record({ do: fc.constant("strangerLocks"), held: fc.boolean() }),
  fc.record({ do: fc.constant("setHeadTail"), side, head: place, tail: place, held: fc.boolean() }),
  fc.record({ do: fc.constant("spoil"), place: fc.nat(8), index: fc.nat(8), value: unreadable }),
  fc.record({ do: fc.constant("badRow"), side, length: fc.nat(9), index: fc.nat(8), value: unreadable }),
  fc.record({ do: fc.constant("attachAgain") }),
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const story = fc.record({
  maxSize: fc.integer({ min: 1, max: 7 }),
  dimension: fc.integer({ min: 1, max: 9 }),
  steps: fc.array(step, { minLength: 1, maxLength: 60 }),
});

/** A queue and its model, which run the same steps. */
class ModelRun {
  readonly #parts: QueueParts;
  readonly #sides: GenericCircularQueue[];
  readonly #model: QueueModel;
  readonly #dimension: number;
  /** Where each side's server writer put its newest row. */
  readonly #fed: number[] = [];
  #next = 1;
  #refusedBefore = 0;

  constructor(parts: QueueParts, maxSize: number, dimension: number) {
    this.#parts = parts;
    this.#sides = [parts.queue, parts.attach()];
    this.#model = new QueueModel(maxSize);
    this.#dimension = dimension;
  }

  run(step: Step): void {
    const model = this.#model;
    switch (step.do) {
      case "enqueue":
        if (model.holder !== "none") break; // it would wait until the holder counts as dead
        expect(this.#side(step.side).enqueue(this.#row())).toBe(model.put(this.#next++) === "queued");
        break;
      case "tryEnqueue": {
        const expected = model.holder === "none" ? model.put(this.#next) : "locked";
        expect(this.#side(step.side).tryEnqueue(this.#row())).toBe(expected);
        this.#next++;
        break;
      }
      case "feed": {
        const numbers = Array.from({ length: step.count }, (_, index) => this.#next + index);
        this.#next += step.count;
        const expected = model.holder === "none" ? model.feed(numbers, this.#fed[step.side] ?? -1) : 0;
        if (expected > 0) this.#fed[step.side] = model.tail;
        const rows = numbers.map((number) => this.#row(number));
        expect(this.#side(step.side).serverWriter.offer(rows)).toBe(expected);
        break;
      }
      case "dequeue": {
        if (model.holder !== "none" && !model.isEmpty) break;
        const row = this.#side(step.side).dequeue();
        const number = model.take();
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
      case "strangerLocks":
        this.#parts.words[2] = step.held ? 1 : 0;
        model.holder = step.held ? "stranger" : "none";
        break;
      case "setHeadTail":
        this.#side(step.side).setHeadTail(step.head, step.tail, step.held ? 1 : 0);
        model.head = step.head | 0; // what an int32 can hold of it
        model.tail = step.tail | 0;
        model.holder = step.held ? "stranger" : "none";
        break;
      case "spoil": {
        const at = step.place % model.maxSize;
        this.#parts.rows[2 + at * this.#dimension + (step.index % this.#dimension)] = step.value;
        model.spoilt.add(at);
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
        if (model.holder === 1) model.holder = "stranger"; // its lock stays set, without a holder that could release it
        this.#refusedBefore += this.#side(1).refusedRows;
        this.#side(1).cleanup();
        this.#sides[1] = this.#parts.attach();
        this.#fed[1] = model.places.at(-1) ?? -1; // it knows whose place to leave alone by what is there
    }
    this.#compare();
  }

  /** The remaining rows are dequeued in order, on either side. */
  finish(): void {
    this.run({ do: "strangerLocks", held: false });
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
    if (!queue) throw new Error(`there is no side ${index}`);
    return queue;
  }

  #row(number = this.#next): number[] {
    return Array.from({ length: this.#dimension }, (_, index) => number * (index + 1));
  }
}

describe.each(QUEUE_KINDS)("$kind", ({ create }) => {
  test("a queue behaves like a model of a plain list, with two attached sides and any words", () => {
    holdsForAll(story, 1500, ({ maxSize, dimension, steps }) => {
      const parts = create({ maxSize, dimension });
      try {
        const modelRun = new ModelRun(parts, maxSize, dimension);
        for (const each of steps) modelRun.run(each);
        modelRun.finish();
      } finally {
        parts.close();
      }
    });
  });
});
