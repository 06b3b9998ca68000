import { describe, expect, test } from "bun:test";
import type { FuryMessage } from "../../src/protocol/client-messages.ts";
import { NO_MODIFIERS, Steering } from "../../src/web/input/steering.ts";
import { wheelTurn } from "../../src/web/input/wheel.ts";
import { ManualClock } from "./manual-clock.ts";

const NONE = NO_MODIFIERS;
const down = (deltaY: number) => ({ deltaX: 0, deltaY });

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
    steering.press(2, { x: 0.25, y: 0.75 }, { ...NONE, ctrl: true }, 1234.5);
    steering.release(2, { x: 0.5, y: 0.5 }, { ...NONE, shift: true }, 1235);
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
    steering.wheel(down(100), NONE, 1);
    steering.wheel(down(20), NONE, 2);
    steering.wheel(down(30), NONE, 3);
    clock.advance(30);
    expect(sent).toEqual([
      { type: "weel", deltaY: 100, timestampInMs: 1 },
      { type: "weel", deltaY: 50, timestampInMs: 3 },
    ]);
  });

  test("wheel events in FURY's messages are split if FURY's zoom would turn the view upside down", () => {
    const { clock, sent, steering } = makeSteering();
    steering.wheel(down(-1200), NONE, 1);
    clock.advance(200);
    expect(sent.map((message) => message.type === "weel" && message.deltaY)).toEqual([-500, -500, -200]);
  });

  test("wheel events in FURY's messages are not sent for 0, NaN or infinity", () => {
    const { clock, sent, steering } = makeSteering();
    for (const delta of [0, Number.NaN, Number.POSITIVE_INFINITY]) steering.wheel(down(delta), NONE, 1);
    steering.wheel(down(50), NONE, 1);
    steering.wheel(down(-50), NONE, 2);
    clock.advance(100);
    expect(sent).toEqual([
      { type: "weel", deltaY: 50, timestampInMs: 1 },
      { type: "weel", deltaY: -50, timestampInMs: 2 },
    ]);
  });
});

describe("messages beyond FURY's", () => {
  test("have Alt, Meta and the horizontal part of a wheel turn, where they are not 0", () => {
    const { clock, sent, steering } = makeSteering();
    steering.wheel({ deltaX: 700, deltaY: -3 }, { ...NONE, ctrl: true, alt: true }, 1);
    clock.advance(100);
    steering.press(0, { x: 0.5, y: 0.5 }, { ...NONE, meta: true }, 2);
    const place = { x: 0.5, y: 0.5, ctrlKey: 0, shiftKey: 0, timestampInMs: 2 } as const;
    const extra = { ctrlKey: 1, altKey: 1, timestampInMs: 1 } as const;
    expect(sent).toEqual([
      { type: "weel", deltaX: 500, deltaY: -3, ...extra },
      { type: "weel", deltaX: 200, deltaY: 0, ...extra },
      { type: "mouseLeftClick", on: 1, mouseButton: 0, ...place, metaKey: 1 },
    ]);
  });
});

describe("the distance of a wheel event", () => {
  const still = { deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, shiftKey: false };
  test("the distance of a wheel event is converted from lines and pages to px", () => {
    expect(wheelTurn({ ...still, deltaY: 120 }, false)).toEqual(down(120));
    expect(wheelTurn({ ...still, deltaY: 3, deltaMode: 1 }, false)).toEqual(down(120));
    expect(wheelTurn({ ...still, deltaY: -1, deltaMode: 2 }, false)).toEqual(down(-800));
  });

  test("the distance of a wheel event includes a horizontal turn with Shift", () => {
    expect(wheelTurn({ ...still, deltaX: 100, shiftKey: true }, false)).toEqual(down(100));
    expect(wheelTurn({ ...still, deltaX: 2, deltaMode: 1 }, false)).toEqual({ deltaX: 80, deltaY: 0 });
  });

  test("the distance of a wheel event is scaled for a trackpad's pinch, which browsers report as ctrl+wheel", () => {
    expect(wheelTurn({ ...still, deltaY: -2.5, ctrlKey: true }, false)).toEqual(down(-25));
    expect(wheelTurn({ ...still, deltaY: -2.5, ctrlKey: true }, true)).toEqual(down(-2.5));
    expect(wheelTurn({ ...still, deltaY: 120, ctrlKey: true }, false)).toEqual(down(120));
  });
});
