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

interface Finger {
  id: number;
  at: Point;
}

type Phase =
  | { name: "none" }
  | { name: "rotate"; finger: number }
  | {
      name: "pan";
      fingers: readonly [number, number];
      startDistance: number;
      distance: number;
      pinching: boolean;
    }
  | { name: "paused"; finger: number; from: Point };

/**
 * Converts touches to mouse actions. One finger drags with the left button (rotate). Two fingers drag with the middle button (pan)
 * at their midpoint, and their distance turns the wheel (zoom). A second finger ends the drag of the first; further fingers are
 * ignored.
 */
export class TouchGesture {
  #fingers: Finger[] = [];
  #phase: Phase = { name: "none" };

  down(id: number, at: Point): GestureAction[] {
    if (this.#fingers.some((finger) => finger.id === id)) return [];
    this.#fingers.push({ id, at });
    if (this.#fingers.length > 2) return [];
    return [...this.#end(), ...this.#begin()];
  }

  move(id: number, at: Point): GestureAction[] {
    const finger = this.#fingers.find((other) => other.id === id);
    if (finger === undefined) return [];
    finger.at = at;
    const phase = this.#phase;
    switch (phase.name) {
      case "none":
        return [];
      case "rotate":
        return phase.finger === id ? [{ do: "move", at }] : [];
      case "paused": {
        if (phase.finger !== id || distanceBetween(phase.from, at) < RESUME_THRESHOLD_PX) return [];
        this.#phase = { name: "rotate", finger: id };
        return [{ do: "press", button: 0, at }];
      }
      case "pan":
        return phase.fingers.includes(id) ? this.#pan(phase) : [];
    }
  }

  /** Handles a lifted finger, or a touch that the system cancelled. */
  up(id: number): GestureAction[] {
    const finger = this.#fingers.find((other) => other.id === id);
    if (finger === undefined) return [];
    const phase = this.#phase;
    const counts =
      phase.name === "pan" ? phase.fingers.includes(id) : phase.name !== "none" && phase.finger === id;
    if (!counts) {
      this.#fingers = this.#fingers.filter((other) => other !== finger);
      return [];
    }
    const ended = this.#end();
    this.#fingers = this.#fingers.filter((other) => other !== finger);
    return [...ended, ...this.#begin({ afterGesture: true })];
  }

  /** Cancels all touches. */
  cancel(): GestureAction[] {
    const ended = this.#end();
    this.#fingers = [];
    return ended;
  }

  #begin({ afterGesture = false } = {}): GestureAction[] {
    const [first, second] = this.#fingers;
    if (first === undefined) return [];
    if (second === undefined) {
      if (afterGesture) {
        this.#phase = { name: "paused", finger: first.id, from: first.at };
        return [];
      }
      this.#phase = { name: "rotate", finger: first.id };
      return [{ do: "press", button: 0, at: first.at }];
    }
    const distance = distanceBetween(first.at, second.at);
    this.#phase = {
      name: "pan",
      fingers: [first.id, second.id],
      startDistance: distance,
      distance,
      pinching: false,
    };
    return [{ do: "press", button: 1, at: middleOf(first.at, second.at) }];
  }

  /** Ends the current phase. */
  #end(): GestureAction[] {
    const phase = this.#phase;
    this.#phase = { name: "none" };
    if (phase.name === "rotate") {
      const finger = this.#fingers.find(({ id }) => id === phase.finger);
      return finger === undefined ? [] : [{ do: "release", button: 0, at: finger.at }];
    }
    if (phase.name === "pan") {
      const pair = this.#pair(phase.fingers);
      return pair === undefined ? [] : [{ do: "release", button: 1, at: middleOf(...pair) }];
    }
    return [];
  }

  #pan(phase: Phase & { name: "pan" }): GestureAction[] {
    const pair = this.#pair(phase.fingers);
    if (pair === undefined) return [];
    const actions: GestureAction[] = [{ do: "move", at: middleOf(...pair) }];
    const distance = Math.max(1, distanceBetween(...pair));
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

  #pair(ids: readonly [number, number]): [Point, Point] | undefined {
    const first = this.#fingers.find(({ id }) => id === ids[0]);
    const second = this.#fingers.find(({ id }) => id === ids[1]);
    return first === undefined || second === undefined ? undefined : [first.at, second.at];
  }
}

function middleOf(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}
