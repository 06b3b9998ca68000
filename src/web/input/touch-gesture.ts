import { distanceBetween, type Point } from "../view/geometry.ts";

/** A mouse action that a gesture is converted to. Points are in CSS px of the window. */
export type GestureAction =
  | { do: "press" | "release"; button: 0 | 1; at: Point }
  | { do: "move"; at: Point }
  | { do: "wheel"; delta: number };

/** Change of the distance between two fingers from which it is a pinch, px. Fingers never pan exactly in parallel. */
const PINCH_THRESHOLD_PX = 14;
/** Distance that the last finger must move after a two-finger gesture to rotate, px. Fingers are never lifted at the same moment. */
const RESUME_THRESHOLD_PX = 10;
/** Wheel delta per natural logarithm of the zoom: a delta d multiplies FURY's zoom by 1 - d/1000, about exp(-d/1000). */
const WHEEL_PER_LOG_SCALE = 1000;

type Phase =
  | { name: "none" | "rotate" }
  | { name: "pan"; startDistance: number; distance: number; pinching: boolean }
  | { name: "paused"; from: Point };

/**
 * Converts touches to mouse actions. One finger drags with the left button (rotate). Two fingers drag with the middle button (pan)
 * at their midpoint, and their distance turns the wheel (zoom). A second finger ends the drag of the first; further fingers are
 * ignored.
 */
export class TouchGesture {
  /** Positions by pointer id, oldest finger first. The first two control the gesture. */
  readonly #fingers = new Map<number, Point>();
  #phase: Phase = { name: "none" };

  down(id: number, at: Point): GestureAction[] {
    if (this.#fingers.has(id)) return [];
    const ended = this.#fingers.size < 2 ? this.#end() : [];
    this.#fingers.set(id, at);
    return this.#fingers.size > 2 ? [] : [...ended, ...this.#begin()];
  }

  move(id: number, at: Point): GestureAction[] {
    if (!this.#fingers.has(id)) return [];
    this.#fingers.set(id, at);
    const phase = this.#phase;
    switch (phase.name) {
      case "none":
        return [];
      case "rotate":
        return [{ do: "move", at }];
      case "paused": {
        if (distanceBetween(phase.from, at) < RESUME_THRESHOLD_PX) return [];
        this.#phase = { name: "rotate" };
        return [{ do: "press", button: 0, at }];
      }
      case "pan":
        return this.#controls(id) ? this.#pan(phase) : [];
    }
  }

  /** Handles a lifted finger, or a touch that the system cancelled. */
  up(id: number): GestureAction[] {
    const ended = this.#controls(id) ? this.#end() : null;
    this.#fingers.delete(id);
    return ended === null ? [] : [...ended, ...this.#begin({ afterGesture: true })];
  }

  cancel(): GestureAction[] {
    const ended = this.#end();
    this.#fingers.clear();
    return ended;
  }

  #controls(id: number): boolean {
    return this.#fingers.has(id) && [...this.#fingers.keys()].indexOf(id) < 2;
  }

  #begin({ afterGesture = false } = {}): GestureAction[] {
    const [first, second] = this.#fingers.values();
    if (first === undefined) return [];
    if (second !== undefined) {
      const distance = distanceBetween(first, second);
      this.#phase = { name: "pan", startDistance: distance, distance, pinching: false };
      return [{ do: "press", button: 1, at: middleOf(first, second) }];
    }
    this.#phase = afterGesture ? { name: "paused", from: first } : { name: "rotate" };
    return afterGesture ? [] : [{ do: "press", button: 0, at: first }];
  }

  #end(): GestureAction[] {
    const { name } = this.#phase;
    this.#phase = { name: "none" };
    const [first, second] = this.#fingers.values();
    if (name === "rotate" && first !== undefined) return [{ do: "release", button: 0, at: first }];
    if (name !== "pan" || first === undefined || second === undefined) return [];
    return [{ do: "release", button: 1, at: middleOf(first, second) }];
  }

  #pan(phase: Phase & { name: "pan" }): GestureAction[] {
    const [first, second] = this.#fingers.values();
    if (first === undefined || second === undefined) return [];
    const actions: GestureAction[] = [{ do: "move", at: middleOf(first, second) }];
    const distance = Math.max(1, distanceBetween(first, second));
    if (!phase.pinching && Math.abs(distance - phase.startDistance) >= PINCH_THRESHOLD_PX) {
      phase.pinching = true;
      // The zoom begins here: it would jump if it included the threshold.
      phase.distance = distance;
    } else if (phase.pinching && distance !== phase.distance) {
      actions.push({ do: "wheel", delta: -WHEEL_PER_LOG_SCALE * Math.log(distance / phase.distance) });
      phase.distance = distance;
    }
    return actions;
  }
}

function middleOf(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
