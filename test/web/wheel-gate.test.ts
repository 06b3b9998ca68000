import { describe, expect, test } from "bun:test";
import { WheelGate } from "../../src/web/input/wheel-gate.ts";

const TURN = { ctrlKey: false };
/** The pointer at a place of a frame that begins at this height of the screen. */
const at = (screenX: number, screenY: number, top = 100) => ({
  ...{ screenX, screenY, clientX: screenX, clientY: screenY - top },
});

describe("the wheel over a frame", () => {
  test("scrolls the page around it while that page goes by below the pointer", () => {
    const gate = new WheelGate();
    expect(gate.admits(TURN, 1000)).toBe(false);
    for (let step = 1; step < 20; step++) {
      gate.moved(at(300, 300, 100 - 40 * step), 1000 + 100 * step);
      expect(gate.admits(TURN, 1050 + 100 * step)).toBe(false);
    }
  });

  test("is the view's where the pointer has rested there for 300 ms without a scroll, or moved by itself", () => {
    const gate = new WheelGate();
    gate.moved(at(300, 300), 1000);
    gate.moved(at(350, 320), 1200);
    expect(gate.admits(TURN, 1299)).toBe(false);
    // That turn scrolled the page.
    expect(gate.admits(TURN, 1598)).toBe(false);
    expect(gate.admits(TURN, 1898)).toBe(true);
    expect(gate.admits(TURN, 1899)).toBe(true);
    gate.moved(at(350, 320, 60), 2000);
    expect(gate.admits(TURN, 2100)).toBe(false);
  });

  test("is the page's again for a pointer that left and came back", () => {
    const gate = new WheelGate();
    gate.moved(at(300, 300), 1000);
    expect(gate.admits(TURN, 1400)).toBe(true);
    gate.left();
    gate.moved(at(300, 300), 2000);
    expect(gate.admits(TURN, 2100)).toBe(false);
  });

  test("is the view's after a click into it until the focus goes elsewhere, and with Ctrl always", () => {
    const gate = new WheelGate();
    expect(gate.admits({ ctrlKey: true }, 1000)).toBe(true);
    gate.clicked();
    expect(gate.admits(TURN, 1001)).toBe(true);
    gate.blurred();
    expect(gate.admits(TURN, 1002)).toBe(false);
  });
});
