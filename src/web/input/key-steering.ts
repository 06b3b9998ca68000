import type { Point } from "../geometry.ts";
import type { Modifiers, MouseButton, Steering } from "./steering.ts";

/** Direction of a drag by an arrow key, y down. */
const ARROWS: ReadonlyMap<string, Point> = new Map([
  ["ArrowLeft", { x: -1, y: 0 }],
  ["ArrowRight", { x: 1, y: 0 }],
  ["ArrowUp", { x: 0, y: -1 }],
  ["ArrowDown", { x: 0, y: 1 }],
]);
/** How far one key press drags, as a share of the picture: 4 degrees of a rotation. Keyboards repeat it 30 times a second. */
const STEP = 0.02;
/** Wheel deltas in px: a zoom by 1.05 and by 0.95. `=` and `_` are on the keys of `+` and `-`. */
const ZOOMS: ReadonlyMap<string, number> = new Map([
  ["+", -50],
  ["=", -50],
  ["-", 50],
  ["_", 50],
]);
const CENTER: Point = { x: 0.5, y: 0.5 };
const NO_MODIFIERS: Modifiers = { ctrl: false, shift: false };
const ROTATE: MouseButton = 0;
const PAN: MouseButton = 1;

/**
 * Steers by the keyboard, with the messages of a mouse: arrows drag from the middle of the picture, with Shift by the middle
 * button, `+` and `-` turn the wheel. So they work with consumers that take no keys.
 */
export class KeySteering {
  readonly #steering: Steering;
  readonly #down = new Set<string>();
  #drag: { button: MouseButton; at: Point } | undefined;

  constructor(steering: Steering) {
    this.#steering = steering;
  }

  /** Whether arrows are dragging: the pointer's moves would tear the view away. */
  get isDragging(): boolean {
    return this.#drag !== undefined;
  }

  /** A key was pressed, or repeats. @returns whether it steers */
  down(key: string, shift: boolean, timeMs: number): boolean {
    const zoom = ZOOMS.get(key);
    if (zoom !== undefined) {
      this.#steering.wheel(zoom, timeMs);
      return true;
    }
    const direction = ARROWS.get(key);
    if (direction === undefined) return false;
    // Two drags at a time are one too many.
    if (this.#drag === undefined && this.#steering.held.length > 0) return true;
    this.#down.add(key);
    this.#dragBy(direction, shift ? PAN : ROTATE, timeMs);
    return true;
  }

  up(key: string, timeMs: number): void {
    if (this.#down.delete(key) && this.#down.size === 0) this.end(timeMs);
  }

  /** Ends the drag; keys that are still down begin another when they repeat. */
  end(timeMs: number): void {
    const drag = this.#drag;
    this.#drag = undefined;
    this.#down.clear();
    if (drag !== undefined) this.#steering.release(drag.button, drag.at, NO_MODIFIERS, timeMs);
  }

  /** Drags on, or from the middle again where the picture ends or the button is another one. */
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
  // Whole steps: 25 of them end at the edge itself.
  const step = (value: number, way: number) => Math.round(value / STEP + way) * STEP;
  return { x: step(from.x, direction.x), y: step(from.y, direction.y) };
}
