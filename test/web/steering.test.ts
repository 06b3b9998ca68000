import { describe, expect, test } from "bun:test";
import type { FuryMessage } from "../../src/protocol/client-messages.ts";
import { Steering } from "../../src/web/input/steering.ts";
import { wheelPixels } from "../../src/web/input/wheel.ts";
import { ManualClock } from "./manual-clock.ts";

const NONE = { ctrl: false, shift: false };

function makeSteering(intervals = { mouseIntervalMs: 80, wheelIntervalMs: 30 }) {
  const clock = new ManualClock();
  const sent: FuryMessage[] = [];
  return {
    clock,
    sent,
    steering: new Steering(intervals, (message) => sent.push(message), clock),
  };
}

describe("mouse events in FURY's messages", () => {
  test("carry button, position, modifiers and time", () => {
    const { sent, steering } = makeSteering();
    steering.press(2, { x: 0.25, y: 0.75 }, { ctrl: true, shift: false }, 1234.5);
    steering.release(2, { x: 0.5, y: 0.5 }, { ctrl: false, shift: true }, 1235);
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

  test("include the pending move before the release", () => {
    const { sent, steering } = makeSteering();
    steering.press(0, { x: 0, y: 0 }, NONE, 1);
    steering.move({ x: 0.1, y: 0 }, NONE, 2);
    steering.move({ x: 0.2, y: 0 }, NONE, 3);
    steering.move({ x: 0.3, y: 0 }, NONE, 4);
    steering.release(0, { x: 0.3, y: 0 }, NONE, 5);
    expect(sent.map((message) => "x" in message && [message.type, message.x])).toEqual([
      ["mouseLeftClick", 0],
      ["mouseMove", 0.1],
      ["mouseMove", 0.3],
      ["mouseLeftClick", 0.3],
    ]);
  });

  test("mouse events in FURY's messages are sent once for each press and release of a button", () => {
    const { sent, steering } = makeSteering();
    steering.press(0, { x: 0, y: 0 }, NONE, 1);
    steering.press(0, { x: 0, y: 0 }, NONE, 2);
    steering.release(0, { x: 0, y: 0 }, NONE, 3);
    steering.release(0, { x: 0, y: 0 }, NONE, 4);
    steering.release(1, { x: 0, y: 0 }, NONE, 5);
    expect(sent).toHaveLength(2);
  });

  test("include a release of each button at the last position of a lost pointer", () => {
    const { sent, steering } = makeSteering();
    steering.press(0, { x: 0.1, y: 0.1 }, NONE, 1);
    steering.press(2, { x: 0.1, y: 0.1 }, NONE, 2);
    steering.move({ x: 0.9, y: 0.8 }, NONE, 3);
    sent.length = 0;
    steering.releaseAll(4);
    expect(sent.map((message) => "on" in message && [message.mouseButton, message.on, message.x])).toEqual([
      [0, 0, 0.9],
      [2, 0, 0.9],
    ]);
    expect(steering.buttonsDown).toEqual([]);
  });

  test("include no release of a button that was pressed on a previous server", () => {
    const { sent, steering } = makeSteering();
    steering.press(0, { x: 0, y: 0 }, NONE, 1);
    steering.reset();
    steering.releaseAll(2);
    expect(sent).toHaveLength(1);
  });
});

describe("wheel events in FURY's messages", () => {
  test("wheel events in FURY's messages are merged within an interval", () => {
    const { clock, sent, steering } = makeSteering();
    steering.wheel(100, 1);
    steering.wheel(20, 2);
    steering.wheel(30, 3);
    clock.advance(30);
    expect(sent).toEqual([
      { type: "weel", deltaY: 100, timestampInMs: 1 },
      { type: "weel", deltaY: 50, timestampInMs: 3 },
    ]);
  });

  test("wheel events in FURY's messages are split if FURY's zoom would turn the view upside down", () => {
    const { clock, sent, steering } = makeSteering();
    steering.wheel(-1200, 1);
    clock.advance(200);
    expect(sent.map((message) => message.type === "weel" && message.deltaY)).toEqual([-500, -500, -200]);
  });

  test("wheel events in FURY's messages are not sent for 0, NaN or infinity", () => {
    const { clock, sent, steering } = makeSteering();
    for (const delta of [0, Number.NaN, Number.POSITIVE_INFINITY]) steering.wheel(delta, 1);
    steering.wheel(50, 1);
    steering.wheel(-50, 2);
    clock.advance(100);
    expect(sent).toEqual([
      { type: "weel", deltaY: 50, timestampInMs: 1 },
      { type: "weel", deltaY: -50, timestampInMs: 2 },
    ]);
  });
});

describe("the distance of a wheel event", () => {
  const still = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, shiftKey: false };
  test("the distance of a wheel event is converted from lines and pages to px", () => {
    expect(wheelPixels({ ...still, deltaY: 120 }, false)).toBe(120);
    expect(wheelPixels({ ...still, deltaY: 3, deltaMode: 1 }, false)).toBe(120);
    expect(wheelPixels({ ...still, deltaY: -1, deltaMode: 2 }, false)).toBe(-800);
  });

  test("the distance of a wheel event includes a horizontal turn with Shift", () => {
    expect(wheelPixels({ ...still, deltaX: 100, shiftKey: true }, false)).toBe(100);
    expect(wheelPixels({ ...still, deltaX: 100 }, false)).toBe(0);
  });

  test("the distance of a wheel event is scaled for a trackpad's pinch, which browsers report as ctrl+wheel", () => {
    expect(wheelPixels({ ...still, deltaY: -2.5, ctrlKey: true }, false)).toBe(-25);
    expect(wheelPixels({ ...still, deltaY: -2.5, ctrlKey: true }, true)).toBe(-2.5);
    expect(wheelPixels({ ...still, deltaY: 120, ctrlKey: true }, false)).toBe(120);
  });
});
