import { describe, expect, test } from "bun:test";
import type { FuryMessage } from "../../src/protocol/input-messages.ts";
import { Steering } from "../../src/web/input/steering.ts";
import { wheelPixels } from "../../src/web/input/wheel.ts";
import { ManualClock } from "./manual-clock.ts";

const NONE = { ctrl: false, shift: false };

function steering(intervals = { mouseIntervalMs: 80, wheelIntervalMs: 30 }) {
  const clock = new ManualClock();
  const sent: FuryMessage[] = [];
  return { clock, sent, hand: new Steering({ ...intervals, clock, send: (message) => sent.push(message) }) };
}

describe("mouse as FURY's messages", () => {
  test("a press and a release carry button, place, modifiers and time", () => {
    const { sent, hand } = steering();
    hand.press(2, { x: 0.25, y: 0.75 }, { ctrl: true, shift: false }, 1234.5);
    hand.release(2, { x: 0.5, y: 0.5 }, { ctrl: false, shift: true }, 1235);
    expect(sent).toEqual([
      {
        type: "mouseLeftClick",
        on: 1,
        mouseButton: 2,
        x: 0.25,
        y: 0.75,
        ctrlKey: 1,
        shiftKey: 0,
        timestampInMs: 1234.5,
      },
      {
        type: "mouseLeftClick",
        on: 0,
        mouseButton: 2,
        x: 0.5,
        y: 0.5,
        ctrlKey: 0,
        shiftKey: 1,
        timestampInMs: 1235,
      },
    ]);
  });

  test("the newest move goes out before the release that follows it", () => {
    const { sent, hand } = steering();
    hand.press(0, { x: 0, y: 0 }, NONE, 1);
    hand.move({ x: 0.1, y: 0 }, NONE, 2);
    hand.move({ x: 0.2, y: 0 }, NONE, 3);
    hand.move({ x: 0.3, y: 0 }, NONE, 4);
    hand.release(0, { x: 0.3, y: 0 }, NONE, 5);
    expect(sent.map((message) => "x" in message && [message.type, message.x])).toEqual([
      ["mouseLeftClick", 0],
      ["mouseMove", 0.1],
      ["mouseMove", 0.3],
      ["mouseLeftClick", 0.3],
    ]);
  });

  test("each button is pressed once and released once", () => {
    const { sent, hand } = steering();
    hand.press(0, { x: 0, y: 0 }, NONE, 1);
    hand.press(0, { x: 0, y: 0 }, NONE, 2);
    hand.release(0, { x: 0, y: 0 }, NONE, 3);
    hand.release(0, { x: 0, y: 0 }, NONE, 4);
    hand.release(1, { x: 0, y: 0 }, NONE, 5);
    expect(sent).toHaveLength(2);
  });

  test("a lost pointer releases all that is down, where it was last", () => {
    const { sent, hand } = steering();
    hand.press(0, { x: 0.1, y: 0.1 }, NONE, 1);
    hand.press(2, { x: 0.1, y: 0.1 }, NONE, 2);
    hand.move({ x: 0.9, y: 0.8 }, NONE, 3);
    sent.length = 0;
    hand.releaseAll(4);
    expect(sent.map((message) => "on" in message && [message.mouseButton, message.on, message.x])).toEqual([
      [0, 0, 0.9],
      [2, 0, 0.9],
    ]);
    expect(hand.buttonsDown).toEqual([]);
  });

  test("what is down is forgotten with its server", () => {
    const { sent, hand } = steering();
    hand.press(0, { x: 0, y: 0 }, NONE, 1);
    hand.reset();
    hand.releaseAll(2);
    expect(sent).toHaveLength(1);
  });
});

describe("wheel", () => {
  test("turns within an interval are added up", () => {
    const { clock, sent, hand } = steering();
    hand.wheel(100, 1);
    hand.wheel(20, 2);
    hand.wheel(30, 3);
    clock.pass(30);
    expect(sent).toEqual([
      { type: "weel", deltaY: 100, timestampInMs: 1 },
      { type: "weel", deltaY: 50, timestampInMs: 3 },
    ]);
  });

  test("a turn that would turn FURY's zoom upside down goes out in parts that add up to it", () => {
    const { clock, sent, hand } = steering();
    hand.wheel(-1200, 1);
    clock.pass(200);
    expect(sent.map((message) => message.type === "weel" && message.deltaY)).toEqual([-500, -500, -200]);
  });

  test("nothing, NaN and infinity are not sent", () => {
    const { clock, sent, hand } = steering();
    for (const delta of [0, Number.NaN, Number.POSITIVE_INFINITY]) hand.wheel(delta, 1);
    hand.wheel(50, 1);
    hand.wheel(-50, 2);
    clock.pass(100);
    expect(sent).toEqual([
      { type: "weel", deltaY: 50, timestampInMs: 1 },
      { type: "weel", deltaY: -50, timestampInMs: 2 },
    ]);
  });

  const still = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, shiftKey: false };
  test("lines and pages become px", () => {
    expect(wheelPixels({ ...still, deltaY: 120 }, false)).toBe(120);
    expect(wheelPixels({ ...still, deltaY: 3, deltaMode: 1 }, false)).toBe(120);
    expect(wheelPixels({ ...still, deltaY: -1, deltaMode: 2 }, false)).toBe(-800);
  });

  test("with shift a sideways turn is the same turn", () => {
    expect(wheelPixels({ ...still, deltaX: 100, shiftKey: true }, false)).toBe(100);
    expect(wheelPixels({ ...still, deltaX: 100 }, false)).toBe(0);
  });

  test("a trackpad's pinch, which browsers give as ctrl+wheel, zooms as far as the fingers say", () => {
    expect(wheelPixels({ ...still, deltaY: -2.5, ctrlKey: true }, false)).toBe(-25);
    expect(wheelPixels({ ...still, deltaY: -2.5, ctrlKey: true }, true)).toBe(-2.5);
    expect(wheelPixels({ ...still, deltaY: 120, ctrlKey: true }, false)).toBe(120);
  });
});
