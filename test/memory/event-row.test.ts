import { expect, test } from "bun:test";
import {
  acceptsEvent,
  decodeEvent,
  EventRowError,
  encodeEvent,
  NO_EXTRA_EVENTS,
  type SceneEvent,
} from "../../src/memory/event-row.ts";
import { keyCode, keyName, NAMED_KEYS } from "../../src/memory/key-codes.ts";

const NONE = { ctrl: false, shift: false, alt: false, meta: false };
const position = { x: 0.25, y: 0.75, ...NONE, ctrl: true, timestamp: 1234.5 };

test.each([
  [{ type: "wheel", deltaX: 0, deltaY: -120, ...NONE, timestamp: 5 }, [1, -120, 0, 0, 0, 0, 5, 0]],
  [
    { type: "wheel", deltaX: 30, deltaY: 0, ...NONE, alt: true, meta: true, timestamp: 5 },
    [1, 0, 30, 0, 0, 0, 5, 3],
  ],
  [{ type: "mouseMove", ...position, meta: true }, [2, 0, 0.25, 0.75, 1, 0, 1234.5, 2]],
  [{ type: "mouseMove", ...position }, [2, 0, 0.25, 0.75, 1, 0, 1234.5, 0]],
  [{ type: "mousePress", button: 0, ...position }, [3, 0, 0.25, 0.75, 1, 0, 1234.5, 0]],
  [{ type: "mouseRelease", button: 0, ...position }, [4, 0, 0.25, 0.75, 1, 0, 1234.5, 0]],
  [{ type: "mousePress", button: 1, ...position }, [5, 0, 0.25, 0.75, 1, 0, 1234.5, 0]],
  [{ type: "mouseRelease", button: 1, ...position }, [6, 0, 0.25, 0.75, 1, 0, 1234.5, 0]],
  [{ type: "mousePress", button: 2, ...position }, [7, 0, 0.25, 0.75, 1, 0, 1234.5, 0]],
  [{ type: "mouseRelease", button: 2, ...position }, [8, 0, 0.25, 0.75, 1, 0, 1234.5, 0]],
  [
    { type: "resize", width: 800, height: 600, pixelRatio: 1.5, timestamp: 7 },
    [9, 1.5, 800, 600, 0, 0, 7, 0],
  ],
  [
    {
      type: "keyDown",
      key: "r",
      alt: true,
      meta: false,
      repeat: true,
      ctrl: false,
      shift: true,
      timestamp: 8,
    },
    [10, 114, 0, 0, 0, 1, 8, 5],
  ],
  [
    {
      type: "keyUp",
      key: "ArrowLeft",
      alt: false,
      meta: true,
      repeat: false,
      ctrl: true,
      shift: false,
      timestamp: 9,
    },
    [11, 0x110006, 0, 0, 1, 0, 9, 2],
  ],
  [{ type: "doubleClick", button: 2, ...position }, [12, 2, 0.25, 0.75, 1, 0, 1234.5, 0]],
] satisfies [SceneEvent, number[]][])(
  "the event %j is encoded as the row %j and decoded unchanged",
  (event, row) => {
    expect(Array.from(encodeEvent(event))).toEqual(row);
    expect(decodeEvent(row)).toEqual(event);
  },
);

test("an event with NaN or Infinity is refused with the index of the value", () => {
  expect(() => encodeEvent({ type: "mouseMove", ...position, y: Number.NaN })).toThrow(
    new EventRowError("Value 3 of an event row is NaN; every value must be a finite number."),
  );
  expect(() => encodeEvent({ type: "wheel", deltaX: 0, deltaY: 1, ...NONE, timestamp: Infinity })).toThrow(
    "Value 6 of an event row is Infinity",
  );
});

test("a button outside 0..2 and a key without a code are refused", () => {
  expect(() => encodeEvent({ type: "mousePress", button: 3 as 0, ...position })).toThrow(
    "The mouse button is 3",
  );
  const key = { type: "keyDown", repeat: false, ...NONE } as const;
  expect(() => encodeEvent({ ...key, key: "MediaPlay", timestamp: 0 })).toThrow(
    'The key "MediaPlay" has no code.',
  );
});

test("rows that are not events decode to null", () => {
  for (const row of [
    [0, 0, 0, 0, 0, 0, 0, 0],
    [2.5, 0, 0, 0, 0, 0, 0, 0],
    [13, 0, 0, 0, 0, 0, 0, 0],
    [2, 0, Number.NaN, 0, 0, 0, 0, 0],
    [2, 0, 0, 0, 0, 0],
    [9, 0, 800, 600, 0, 0, 0, 0],
    [9, 1, -800, 600, 0, 0, 0, 0],
    [9, 1e300, 1e300, 1e300, 0, 0, 0, 0],
    [10, -1, 0, 0, 0, 0, 0, 0],
    [10, 0x110000 + NAMED_KEYS.length, 0, 0, 0, 0, 0, 0],
    [12, 7, 0, 0, 0, 0, 0, 0],
  ]) {
    expect(decodeEvent(row)).toBeNull();
  }
});

test("every named key and any character survive encoding and decoding", () => {
  for (const key of [...NAMED_KEYS, "r", "R", "é", " ", "😀"]) expect(keyName(keyCode(key) ?? -1)).toBe(key);
  expect(keyCode("Unidentified")).toBeNull();
});

test("a consumer without capabilities accepts FURY's eight ids and no others", () => {
  const accepted = Array.from({ length: 20 }, (_, id) => id).filter((id) =>
    acceptsEvent(NO_EXTRA_EVENTS, id),
  );
  expect(accepted).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const all = { resize: true, keys: true, doubleClick: true };
  expect([9, 10, 11, 12, 13].filter((id) => acceptsEvent(all, id))).toEqual([9, 10, 11, 12]);
});
