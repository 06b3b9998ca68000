import { describe, expect, test } from "bun:test";
import type { EventMessage, FuryMessage } from "../../src/protocol/client-messages.ts";
import { eventRow } from "../../src/server/input/event-rows.ts";

const FURY_EVENTS = { resize: false, keys: false, doubleClick: false };
const ALL_EVENTS = { resize: true, keys: true, doubleClick: true };
const SIZE = { width: 200, height: 100 };
const POSITION = { x: 50, y: 75, time_stamp: 1.5 };

const row = (message: FuryMessage | EventMessage, capabilities = ALL_EVENTS) => {
  const encoded = eventRow(message, SIZE, capabilities);
  return encoded === null ? null : Array.from(encoded);
};

describe("event rows", () => {
  const position = { x: 0.25, y: 0.75, ctrlKey: 1, shiftKey: false, timestampInMs: 9 } as const;

  test("FURY's messages are encoded as FURY's rows", () => {
    expect(row({ type: "weel", deltaY: -30, timestampInMs: 7 })).toEqual([1, -30, 0, 0, 0, 0, 7, 0]);
    expect(row({ type: "mouseMove", ...position })).toEqual([2, 0, 0.25, 0.75, 1, 0, 9, 0]);
  });

  test("a click's id is (button + 1) * 2 + (on ? 0 : 1) + 1", () => {
    for (const mouseButton of [0, 1, 2] as const) {
      for (const on of [0, 1] as const) {
        const encoded = row({ type: "mouseLeftClick", on, mouseButton, ...position });
        expect(encoded).toEqual([(mouseButton + 1) * 2 + (on ? 0 : 1) + 1, 0, 0.25, 0.75, 1, 0, 9, 0]);
      }
    }
  });

  test("jupyter_rfb's positions are converted to fractions of the viewer's size, its seconds to ms, and its buttons to FURY's", () => {
    expect(row({ event_type: "pointer_move", ...POSITION })).toEqual([2, 0, 0.25, 0.75, 0, 0, 1500, 0]);
    expect(row({ event_type: "pointer_down", button: 1, ...POSITION })).toEqual([
      3, 0, 0.25, 0.75, 0, 0, 1500, 0,
    ]);
    expect(row({ event_type: "pointer_up", button: 3, ...POSITION })).toEqual([
      6, 0, 0.25, 0.75, 0, 0, 1500, 0,
    ]);
    expect(row({ event_type: "pointer_down", button: 2, ...POSITION })).toEqual([
      7, 0, 0.25, 0.75, 0, 0, 1500, 0,
    ]);
    expect(
      row({ event_type: "pointer_move", modifiers: ["Shift", "Control"], ...POSITION })?.slice(4, 6),
    ).toEqual([1, 1]);
    expect(row({ event_type: "wheel", dy: 120, time_stamp: 2 })).toEqual([1, 120, 0, 0, 0, 0, 2000, 0]);
  });

  test("deltaX, Alt and Meta reach renderers that know the extension, in both vocabularies", () => {
    const keys = { altKey: 1, metaKey: true } as const;
    const modifiers = ["Alt", "Meta"] as const;
    for (const wheel of [
      { type: "weel", deltaY: 4, deltaX: -30, ctrlKey: 1, ...keys, timestampInMs: 7 },
      { event_type: "wheel", dy: 4, dx: -30, modifiers: ["Control", ...modifiers], time_stamp: 0.007 },
    ] satisfies (FuryMessage | EventMessage)[]) {
      expect(row(wheel)).toEqual([1, 4, -30, 0, 1, 0, 7, 3]);
      expect(row(wheel, FURY_EVENTS)).toEqual([1, 4, 0, 0, 1, 0, 7, 0]);
    }
    for (const move of [
      { type: "mouseMove", ...position, altKey: true },
      { event_type: "pointer_move", ...POSITION, modifiers: ["Control", "Alt"], time_stamp: 0.009 },
    ] satisfies (FuryMessage | EventMessage)[]) {
      expect(row(move)).toEqual([2, 0, 0.25, 0.75, 1, 0, 9, 1]);
      expect(row(move, FURY_EVENTS)).toEqual([2, 0, 0.25, 0.75, 1, 0, 9, 0]);
    }
  });

  test("a horizontal turn of the wheel is not sent to a plain FURY consumer", () => {
    expect(row({ type: "weel", deltaY: 0, deltaX: 9, timestampInMs: 7 }, FURY_EVENTS)).toBeNull();
    expect(row({ type: "weel", deltaY: 0, timestampInMs: 7 }, FURY_EVENTS)).toEqual([1, 0, 0, 0, 0, 0, 7, 0]);
  });

  test("a time stamp is exactly the product that the page computes", () => {
    for (const seconds of [1764000000.123, 0.1, 1234.5678901]) {
      expect(row({ event_type: "pointer_move", x: 0, y: 0, time_stamp: seconds })?.[6]).toBe(seconds * 1000);
    }
  });

  test("events beyond FURY's eight are sent only to a renderer that accepts them", () => {
    const extraEvents: EventMessage[] = [
      { event_type: "resize", width: 80, height: 60, pixel_ratio: 2 },
      { event_type: "key_down", key: "r", time_stamp: 1 },
      { event_type: "key_up", key: "ArrowLeft", time_stamp: 1 },
      { event_type: "double_click", button: 1, ...POSITION },
    ];
    for (const message of extraEvents) {
      expect(row(message, FURY_EVENTS)).toBeNull();
      expect(row(message, ALL_EVENTS)?.[0]).toBeGreaterThan(8);
    }
  });

  test("a key without a code is not sent", () => {
    expect(row({ event_type: "key_down", key: "LaunchMail", time_stamp: 1 })).toBeNull();
  });
});
