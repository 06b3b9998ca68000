import type { Point } from "../view/geometry.ts";
import { type MouseButton, NO_MODIFIERS, type Steering } from "./steering.ts";

/** Drag direction of each arrow key; y points down. */
const ARROWS: ReadonlyMap<string, Point> = new Map([
  ["ArrowLeft", { x: -1, y: 0 }],
  ["ArrowRight", { x: 1, y: 0 }],
  ["ArrowUp", { x: 0, y: -1 }],
  ["ArrowDown", { x: 0, y: 1 }],
]);
/** Drag distance of one key press, as a fraction of the view: 4 degrees of rotation. Keyboards repeat it 30 times per second. */
const STEP = 0.02;
/** Wheel delta of each zoom key, px: a zoom by 1.05 or 0.95. `=` and `_` share their keys with `+` and `-`. */
const ZOOMS: ReadonlyMap<string, number> = new Map([
  ["+", -50],
  ["=", -50],
  ["-", 50],
  ["_", 50],
]);
const CENTER: Point = { x: 0.5, y: 0.5 };
const ROTATE: MouseButton = 0;
const PAN: MouseButton = 1;

/**
 * Keyboard controls that send mouse events, so they also work with consumers that take no key events. Arrow keys drag from
 * the centre of the view (with Shift by the middle button, which pans); `+` and `-` turn the wheel.
 */
export class KeySteering {
  readonly #steering: Steering;
  readonly #down = new Set<string>();
  #drag: { button: MouseButton; at: Point } | undefined;

  constructor(steering: Steering) {
    this.#steering = steering;
  }

  /** Whether an arrow key drags now. Pointer moves must be ignored then: they would make the drag jump. */
  get isDragging(): boolean {
    return this.#drag !== undefined;
  }

  /** Handles a key press or repeat. @returns whether the key steers */
  down(key: string, shift: boolean, timeMs: number): boolean {
    const zoom = ZOOMS.get(key);
    if (zoom !== undefined) {
      this.#steering.wheel({ deltaX: 0, deltaY: zoom }, NO_MODIFIERS, timeMs);
      return true;
    }
    const direction = ARROWS.get(key);
    if (direction === undefined) return false;
    // The pointer is already dragging.
    if (this.#drag === undefined && this.#steering.buttonsDown.length > 0) return true;
    this.#down.add(key);
    this.#dragBy(direction, shift ? PAN : ROTATE, timeMs);
    return true;
  }

  /** Handles a key release; the last arrow key ends the drag. */
  up(key: string, timeMs: number): void {
    if (this.#down.delete(key) && this.#down.size === 0) this.end(timeMs);
  }

  /** Ends the drag. Keys that are still down begin a new one when they repeat. */
  end(timeMs: number): void {
    const drag = this.#drag;
    this.#drag = undefined;
    this.#down.clear();
    if (drag !== undefined) this.#steering.release(drag.button, drag.at, NO_MODIFIERS, timeMs);
  }

  /** Continues the drag, or restarts it at the centre if it would leave the view or the button changes. */
  #dragBy(direction: Point, button: MouseButton, timeMs: number): void {
    const last = this.#drag;
    let from = last?.at ?? CENTER;
    let at = stepFrom(from, direction);
    const continues = last?.button === button && [at.x, at.y].every((value) => value >= 0 && value <= 1);
    if (!continues) {
      if (last !== undefined) this.#steering.release(last.button, last.at, NO_MODIFIERS, timeMs);
      from = CENTER;
      at = stepFrom(from, direction);
      this.#steering.press(button, from, NO_MODIFIERS, timeMs);
    }
    this.#steering.move(at, NO_MODIFIERS, timeMs);
    this.#drag = { button, at };
  }
}

function stepFrom(from: Point, direction: Point): Point {
  // Rounds to whole steps, so that 25 of them end exactly at the edge.
  const step = (value: number, sign: number) => Math.round(value / STEP + sign) * STEP;
  return { x: step(from.x, direction.x), y: step(from.y, direction.y) };
}
