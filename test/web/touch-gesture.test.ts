import { describe, expect, test } from "bun:test";
import { type GestureAction, TouchGesture } from "../../src/web/input/touch-gesture.ts";

const at = (x: number, y: number) => ({ x, y });

describe("a touch gesture", () => {
  test("a touch gesture of one finger drags with the left button", () => {
    const touch = new TouchGesture();
    expect(touch.down(1, at(10, 20))).toEqual([{ do: "press", button: 0, at: at(10, 20) }]);
    expect(touch.move(1, at(30, 20))).toEqual([{ do: "move", at: at(30, 20) }]);
    expect(touch.up(1)).toEqual([{ do: "release", button: 0, at: at(30, 20) }]);
  });

  test("a touch gesture with a second finger ends the rotation before it begins to pan at the midpoint", () => {
    const touch = new TouchGesture();
    touch.down(1, at(0, 0));
    touch.move(1, at(10, 0));
    expect(touch.down(2, at(110, 0))).toEqual([
      { do: "release", button: 0, at: at(10, 0) },
      { do: "press", button: 1, at: at(60, 0) },
    ]);
  });

  test("a touch gesture of two fingers at a constant distance pans and never zooms", () => {
    const touch = new TouchGesture();
    touch.down(1, at(0, 0));
    touch.down(2, at(100, 0));
    const actions: GestureAction[] = [];
    for (let step = 1; step <= 20; step++) {
      actions.push(...touch.move(1, at(0, step * 5)), ...touch.move(2, at(100, step * 5)));
    }
    expect(actions.every((action) => action.do === "move")).toBe(true);
    expect(actions.at(-1)).toEqual({ do: "move", at: at(50, 100) });
  });

  test("a touch gesture of spreading fingers zooms in by the ratio of their distances", () => {
    const touch = new TouchGesture();
    touch.down(1, at(-50, 0));
    touch.down(2, at(50, 0));
    let zoom = 1;
    let wheelCount = 0;
    for (let half = 51; half <= 200; half++) {
      for (const action of [...touch.move(1, at(-half, 0)), ...touch.move(2, at(half, 0))]) {
        if (action.do !== "wheel") continue;
        // FURY's zoom.
        zoom *= 1 - action.delta / 1000;
        wheelCount++;
      }
    }
    expect(wheelCount).toBeGreaterThan(100);
    // From about 114 px (after the threshold of 14) to 400.
    expect(zoom).toBeGreaterThan(3.2);
    expect(zoom).toBeLessThan(3.7);
  });

  test("a touch gesture of closing fingers zooms out", () => {
    const touch = new TouchGesture();
    touch.down(1, at(0, 0));
    touch.down(2, at(400, 0));
    touch.move(2, at(300, 0));
    const wheel = touch.move(2, at(200, 0)).find((action) => action.do === "wheel");
    expect(wheel?.do === "wheel" && wheel.delta).toBeGreaterThan(0);
  });

  test("a touch gesture rotates by the last finger only after it has moved by the threshold", () => {
    const touch = new TouchGesture();
    touch.down(1, at(0, 0));
    touch.down(2, at(100, 0));
    expect(touch.up(2)).toEqual([{ do: "release", button: 1, at: at(50, 0) }]);
    expect(touch.move(1, at(3, 3))).toEqual([]);
    expect(touch.move(1, at(20, 0))).toEqual([{ do: "press", button: 0, at: at(20, 0) }]);
    expect(touch.up(1)).toEqual([{ do: "release", button: 0, at: at(20, 0) }]);
  });

  test("a touch gesture does nothing if the last finger is lifted without moving", () => {
    const touch = new TouchGesture();
    touch.down(1, at(0, 0));
    touch.down(2, at(100, 0));
    touch.up(1);
    expect(touch.up(2)).toEqual([]);
    expect(touch.down(3, at(5, 5))).toEqual([{ do: "press", button: 0, at: at(5, 5) }]);
  });

  test("a touch gesture ignores a third finger", () => {
    const touch = new TouchGesture();
    touch.down(1, at(0, 0));
    touch.down(2, at(100, 0));
    expect(touch.down(3, at(50, 50))).toEqual([]);
    expect(touch.move(3, at(60, 60))).toEqual([]);
    expect(touch.up(3)).toEqual([]);
    expect(touch.move(1, at(0, 10))).toEqual([{ do: "move", at: at(50, 5) }]);
  });

  test("a touch gesture continues the pan when the third finger is lifted", () => {
    const touch = new TouchGesture();
    touch.down(1, at(0, 0));
    touch.down(2, at(100, 0));
    touch.down(3, at(200, 0));
    expect(touch.up(1)).toEqual([
      { do: "release", button: 1, at: at(50, 0) },
      { do: "press", button: 1, at: at(150, 0) },
    ]);
  });

  test("a touch gesture releases the button when the system cancels the touches", () => {
    const touch = new TouchGesture();
    touch.down(1, at(0, 0));
    touch.down(2, at(100, 0));
    expect(touch.cancel()).toEqual([{ do: "release", button: 1, at: at(50, 0) }]);
    expect(touch.move(1, at(5, 5))).toEqual([]);
    expect(touch.up(1)).toEqual([]);
  });

  test("a touch gesture has exactly one release per press in any order of events", () => {
    // A seeded random number generator, so that a failure is reproducible.
    let seed = 7;
    const random = (limit: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * limit);
    };
    const touch = new TouchGesture();
    const down = new Set<number>();
    const checkPresses = (actions: GestureAction[]) => {
      for (const action of actions) {
        if (action.do === "press") {
          expect(down.size).toBe(0);
          down.add(action.button);
        } else if (action.do === "release") expect(down.delete(action.button)).toBe(true);
        else if (action.do === "move") expect(down.size).toBe(1);
      }
    };
    for (let step = 0; step < 5000; step++) {
      const finger = random(4);
      const point = at(random(400), random(400));
      checkPresses(
        [() => touch.down(finger, point), () => touch.move(finger, point), () => touch.up(finger)][
          random(3)
        ]?.() ?? [],
      );
    }
    checkPresses(touch.cancel());
    expect(down.size).toBe(0);
  });
});
