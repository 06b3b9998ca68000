import { describe, expect, test } from "bun:test";
import type { FuryMessage } from "../../src/protocol/client-messages.ts";
import { KeySteering } from "../../src/web/input/key-steering.ts";
import { NO_MODIFIERS, Steering } from "../../src/web/input/steering.ts";
import { ManualClock } from "./manual-clock.ts";

function keyboard() {
  const sent: FuryMessage[] = [];
  const clock = new ManualClock();
  const steering = new Steering(
    { mouseIntervalMs: 10, wheelIntervalMs: 10 },
    (message) => sent.push(message),
    clock,
  );
  /** The sent messages as short strings: presses and releases with their button, and positions. */
  const summary = () =>
    sent.map((message) => {
      if (message.type === "weel") return `wheel ${message.deltaY}`;
      const position = `${message.x.toFixed(2)} ${message.y.toFixed(2)}`;
      if (message.type === "mouseMove") return `move ${position}`;
      return `${message.on ? "press" : "release"} ${message.mouseButton} ${position}`;
    });
  return { keys: new KeySteering(steering), steering, clock, summary };
}

describe("keyboard steering", () => {
  test("an arrow key drags from the centre of the view in its direction, and continues while it repeats", () => {
    const { keys, summary } = keyboard();
    expect(keys.down("ArrowRight", false, 1)).toBe(true);
    keys.down("ArrowRight", false, 2);
    keys.down("ArrowDown", false, 3);
    keys.up("ArrowRight", 4);
    expect(keys.isDragging).toBe(true);
    keys.up("ArrowDown", 5);
    expect(keys.isDragging).toBe(false);
    expect(summary()).toEqual([
      "press 0 0.50 0.50",
      "move 0.52 0.50",
      "move 0.54 0.52",
      "release 0 0.54 0.52",
    ]);
  });

  test("an arrow key with Shift drags with the middle button, which pans", () => {
    const { keys, summary } = keyboard();
    keys.down("ArrowUp", true, 1);
    keys.up("ArrowUp", 2);
    expect(summary()).toEqual(["press 1 0.50 0.50", "move 0.50 0.48", "release 1 0.50 0.48"]);
  });

  test("a drag that reaches the edge of the view restarts at the centre", () => {
    const { keys, summary, clock } = keyboard();
    for (let repeat = 0; repeat < 26; repeat++) {
      keys.down("ArrowLeft", false, repeat);
      clock.advance(10);
    }
    expect(summary().slice(-3)).toEqual(["release 0 0.00 0.50", "press 0 0.50 0.50", "move 0.48 0.50"]);
  });

  test("plus and minus turn the wheel, with and without Shift, and other keys do nothing", () => {
    const { keys, summary, clock } = keyboard();
    for (const key of ["+", "=", "-", "_"]) {
      expect(keys.down(key, false, 1)).toBe(true);
      clock.advance(10);
    }
    expect(keys.down("a", false, 1)).toBe(false);
    expect(keys.down("PageDown", false, 1)).toBe(false);
    expect(summary()).toEqual(["wheel -50", "wheel -50", "wheel 50", "wheel 50"]);
  });

  test("an arrow key does not disturb a drag of the pointer", () => {
    const { keys, steering, summary } = keyboard();
    steering.press(0, { x: 0.1, y: 0.1 }, NO_MODIFIERS, 1);
    expect(keys.down("ArrowRight", false, 2)).toBe(true);
    keys.up("ArrowRight", 3);
    expect(summary()).toEqual(["press 0 0.10 0.10"]);
  });
});
