import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  ArrayCircularQueue,
  type GenericCircularQueue,
  SharedMemCircularQueue,
} from "../../src/fury/circular-queue.ts";
import { setMouse, setMouseClick, setWheel } from "../../src/fury/set-events.ts";

const KINDS: [string, new (shape: { maxSize: number; dimension?: number }) => GenericCircularQueue][] = [
  ["RawArrays", ArrayCircularQueue],
  ["shared memory", SharedMemCircularQueue],
];
const POSITION = { x: -3, y: 2, ctrlKey: 1, shiftKey: 0, timestampInMs: 123 } as const;
const CLICK = { ...POSITION, on: 1, mouseButton: 0 } as const;

describe.each(KINDS)("setWheel, setMouse and setMouseClick with a queue in %s", (_, Queue) => {
  let queue: GenericCircularQueue;
  beforeEach(() => {
    queue = new Queue({ maxSize: 3 });
  });
  afterEach(() => queue.cleanup());
  const row = () => Array.from(queue.dequeue() ?? []);

  test("setWheel, setMouse and setMouseClick write each field at its index of the row", () => {
    expect(setWheel({ deltaY: 0.2, timestampInMs: 123 }, queue)).toBeTrue();
    expect(row()).toEqual([1, 0.2, 0, 0, 0, 0, 123, 0]);
    expect(setMouse(POSITION, queue)).toBeTrue();
    expect(row()).toEqual([2, 0, -3, 2, 1, 0, 123, 0]);
    for (const mouseButton of [0, 1, 2] as const) {
      for (const on of [1, 0] as const) {
        expect(setMouseClick({ ...CLICK, mouseButton, on, shiftKey: 1 }, queue)).toBeTrue();
        expect(row()).toEqual([3 + 2 * mouseButton + (on ? 0 : 1), 0, -3, 2, 1, 1, 123, 0]);
      }
    }
  });

  test("events with an invalid or missing field are refused, and nothing is enqueued", () => {
    const wheel = (data: unknown) => setWheel(data as never, queue);
    const move = (data: unknown) => setMouse(data as never, queue);
    const click = (data: unknown) => setMouseClick(data as never, queue);
    for (const mouseButton of [-1, 3, 0.5, "0", null]) expect(click({ ...CLICK, mouseButton })).toBeFalse();
    for (const key of [-1, 2, 0.5, "1", null]) {
      expect(click({ ...CLICK, ctrlKey: key })).toBeFalse();
      expect(click({ ...CLICK, shiftKey: key })).toBeFalse();
      expect(move({ ...POSITION, ctrlKey: key })).toBeFalse();
      expect(move({ ...POSITION, shiftKey: key })).toBeFalse();
    }
    for (const number of [
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      "1",
      null,
      undefined,
    ]) {
      expect(wheel({ deltaY: number, timestampInMs: 1 })).toBeFalse();
      expect(wheel({ deltaY: 1, timestampInMs: number })).toBeFalse();
      expect(move({ ...POSITION, x: number })).toBeFalse();
      expect(click({ ...CLICK, y: number })).toBeFalse();
      expect(click({ ...CLICK, on: number })).toBeFalse();
    }
    for (const data of [null, "click", 7, []]) expect(click(data)).toBeFalse();
    expect(queue.isEmpty).toBeTrue();
  });

  test("setWheel returns false for a full queue", () => {
    for (let i = 0; i < 3; i++) expect(setWheel({ deltaY: i, timestampInMs: i }, queue)).toBeTrue();
    expect(setWheel({ deltaY: 3, timestampInMs: 3 }, queue)).toBeFalse();
    expect(setMouse(POSITION, queue)).toBeFalse();
    expect(setMouseClick(CLICK, queue)).toBeFalse();
    expect([row()[1], row()[1], row()[1]]).toEqual([0, 1, 2]);
  });

  test("setWheel throws for a queue of another dimension", () => {
    using small = new Queue({ maxSize: 3, dimension: 6 });
    expect(() => setWheel({ deltaY: 1, timestampInMs: 1 }, small)).toThrow("has 6 values; this one has 8");
  });
});
