import { describe, expect, test } from "bun:test";
import { parseClientMessage } from "../../src/protocol/client-message-schema.ts";

const MOVE = { type: "mouseMove", x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0, timestampInMs: 5 };
const CLICK = { ...MOVE, type: "mouseLeftClick", on: 1, mouseButton: 0 };
const DOWN = { event_type: "pointer_down", x: 3, y: 4, button: 1, time_stamp: 5 };

describe("a valid message of the page", () => {
  const VALID_MESSAGES: [string, object][] = [
    ["FURY's wheel", { type: "weel", deltaY: -53.5, timestampInMs: 1.7e12 }],
    ["FURY's move", MOVE],
    ["FURY's move with booleans", { ...MOVE, ctrlKey: true, shiftKey: false }],
    ["a drag outside of the view", { ...MOVE, x: -3, y: 7 }],
    ["FURY's click", CLICK],
    ["FURY's release of the right button", { ...CLICK, on: 0, mouseButton: 2 }],
    ["hello", { type: "hello", viewer: "abc-def_1" }],
    ["ping", { type: "ping", time: -3.5 }],
    ["pointer_down", DOWN],
    ["pointer_up", { ...DOWN, event_type: "pointer_up", buttons: [], modifiers: ["Shift", "Meta"] }],
    ["pointer_move without a button", { event_type: "pointer_move", x: 1, y: 2, time_stamp: 0 }],
    ["double_click", { ...DOWN, event_type: "double_click" }],
    ["wheel", { event_type: "wheel", dx: 0, dy: 100, x: 1, y: 1, time_stamp: 1 }],
    ["key_down", { event_type: "key_down", key: "ArrowLeft", modifiers: [], time_stamp: 1 }],
    ["key_up", { event_type: "key_up", key: "é", time_stamp: 1 }],
    ["resize", { event_type: "resize", width: 800.5, height: 600, pixel_ratio: 1.25 }],
  ];
  test.each(VALID_MESSAGES)("%s", (_, message) => {
    expect(parseClientMessage(JSON.stringify(message))).toEqual({ ok: true, message } as never);
  });

  test("a valid message of the page is parsed without the fields that only jupyter_rfb has", () => {
    const parsed = parseClientMessage(JSON.stringify({ ...DOWN, ntouches: 0, touches: {}, pwidth: 1 }));
    expect(parsed).toEqual({ ok: true, message: DOWN } as never);
  });
});

describe("an invalid message of the page is rejected with a reason", () => {
  const INVALID_MESSAGES: [string, string, string, string][] = [
    ["an empty text", "", "bad-json", "JSON"],
    ["truncated JSON", '{"type":"weel"', "bad-json", "JSON"],
    ["NaN, which is not valid JSON", '{"type":"weel","deltaY":NaN,"timestampInMs":1}', "bad-json", "JSON"],
    ["a number", "7", "bad-json", "object"],
    ["null", "null", "bad-json", "object"],
    ["a list", "[1]", "bad-json", "object"],
    ["no type", "{}", "unknown-type", "weel"],
    ["an unknown type", '{"type":"mouseDance"}', "unknown-type", "mouseMove"],
    ["the name of an Object property", '{"type":"__proto__"}', "unknown-type", "mouseMove"],
    ["a type that is a number", '{"type":3}', "unknown-type", "mouseMove"],
    ["an unknown event", '{"event_type":"pointer_dance"}', "unknown-type", "pointer_move"],
    ["a missing field", '{"type":"weel","timestampInMs":1}', "bad-message", "deltaY"],
    ["Infinity", '{"type":"weel","deltaY":1e999,"timestampInMs":1}', "bad-message", "deltaY"],
    ["a wheel of a million", '{"type":"weel","deltaY":1e6,"timestampInMs":1}', "bad-message", "deltaY"],
    ["text for a number", JSON.stringify({ ...MOVE, x: "0.5" }), "bad-message", "x"],
    ["a position far away", JSON.stringify({ ...MOVE, y: 1e9 }), "bad-message", "y"],
    ["a ctrlKey other than 0 or 1", JSON.stringify({ ...MOVE, ctrlKey: 2 }), "bad-message", "ctrlKey"],
    ["a fourth button", JSON.stringify({ ...CLICK, mouseButton: 3 }), "bad-message", "mouseButton"],
    ["a fractional value of on", JSON.stringify({ ...CLICK, on: 0.5 }), "bad-message", "on"],
    ["no button pressed", JSON.stringify({ ...DOWN, button: 0 }), "bad-message", "button"],
    ["an unknown modifier", JSON.stringify({ ...DOWN, modifiers: ["Hyper"] }), "bad-message", "modifiers"],
    ["a time before 1970", JSON.stringify({ ...DOWN, time_stamp: -1 }), "bad-message", "time_stamp"],
    [
      "a key of 99 characters",
      JSON.stringify({ event_type: "key_down", key: "x".repeat(99), time_stamp: 1 }),
      "bad-message",
      "key",
    ],
    [
      "a window without width",
      '{"event_type":"resize","width":0,"height":5,"pixel_ratio":1}',
      "bad-message",
      "width",
    ],
    [
      "a window that is too high",
      '{"event_type":"resize","width":9,"height":99999,"pixel_ratio":1}',
      "bad-message",
      "height",
    ],
    [
      "a pixel ratio of 0",
      '{"event_type":"resize","width":9,"height":9,"pixel_ratio":0}',
      "bad-message",
      "pixel_ratio",
    ],
    ["an id with a space", '{"type":"hello","viewer":"a b c d e f"}', "bad-message", "viewer"],
    ["5000 bytes", JSON.stringify({ type: "weel", deltaY: 1, pad: "x".repeat(5000) }), "too-long", "4096"],
    [
      "2000 characters of 3 bytes",
      JSON.stringify({ type: "weel", pad: "…".repeat(2000) }),
      "too-long",
      "4096",
    ],
  ];
  test.each(INVALID_MESSAGES)("%s", (_, text, code, word) => {
    const parsed = parseClientMessage(text);
    if (parsed.ok) throw new Error("The message was accepted.");
    expect(parsed.code).toBe(code as never);
    expect(parsed.message).toContain(word);
    expect(parsed.message.length).toBeLessThan(300);
  });
});
