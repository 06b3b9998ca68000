import { describe, expect, test } from "bun:test";
import { WheelCapture } from "../../src/web/input/wheel.ts";

const WHEEL_EVENT = { ctrlKey: false };
/** A pointer position in a frame whose top edge is at this height of the screen, px. */
const at = (screenX: number, screenY: number, top = 100) => ({
  ...{ screenX, screenY, clientX: screenX, clientY: screenY - top },
});

describe("the wheel capture", () => {
  test("a frame that scrolls past below the pointer does not capture the wheel", () => {
    const wheel = new WheelCapture();
    expect(wheel.captures(WHEEL_EVENT, 1000)).toBe(false);
    for (let step = 1; step < 20; step++) {
      wheel.onPointerMove(at(300, 300, 100 - 40 * step), 1000 + 100 * step);
      expect(wheel.captures(WHEEL_EVENT, 1050 + 100 * step)).toBe(false);
    }
  });

  test("the wheel is captured after 300 ms without a scroll, also while the pointer moves", () => {
    const wheel = new WheelCapture();
    wheel.onPointerMove(at(300, 300), 1000);
    wheel.onPointerMove(at(350, 320), 1200);
    expect(wheel.captures(WHEEL_EVENT, 1299)).toBe(false);
    // That event scrolled the parent page.
    expect(wheel.captures(WHEEL_EVENT, 1598)).toBe(false);
    expect(wheel.captures(WHEEL_EVENT, 1898)).toBe(true);
    expect(wheel.captures(WHEEL_EVENT, 1899)).toBe(true);
    wheel.onPointerMove(at(350, 320, 60), 2000);
    expect(wheel.captures(WHEEL_EVENT, 2100)).toBe(false);
  });

  test("the wheel is released when the pointer leaves the frame", () => {
    const wheel = new WheelCapture();
    wheel.onPointerMove(at(300, 300), 1000);
    expect(wheel.captures(WHEEL_EVENT, 1400)).toBe(true);
    wheel.onPointerLeave();
    wheel.onPointerMove(at(300, 300), 2000);
    expect(wheel.captures(WHEEL_EVENT, 2100)).toBe(false);
  });

  test("a click captures the wheel until the frame loses the focus, and Ctrl always does", () => {
    const wheel = new WheelCapture();
    expect(wheel.captures({ ctrlKey: true }, 1000)).toBe(true);
    wheel.onClick();
    expect(wheel.captures(WHEEL_EVENT, 1001)).toBe(true);
    wheel.onBlur();
    expect(wheel.captures(WHEEL_EVENT, 1002)).toBe(false);
  });
});
