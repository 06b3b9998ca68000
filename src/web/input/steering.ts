import type { FuryMessage } from "../../protocol/input-messages.ts";
import type { Point } from "../view/geometry.ts";
import type { Clock } from "./clock.ts";
import { Throttle } from "./throttle.ts";

/** A button as FURY and the DOM count them. */
export type MouseButton = 0 | 1 | 2;

/** What was held down with an event. */
export interface Modifiers {
  ctrl: boolean;
  shift: boolean;
}

/**
 * The most that one wheel message carries. FURY multiplies the zoom by 1 - delta/1000, which turns the picture upside
 * down from 1000 on; the rest follows with the next message.
 */
const MAX_WHEEL_PER_MESSAGE = 500;

interface Move {
  at: Point;
  modifiers: Modifiers;
  timeMs: number;
}

/**
 * Turns moves, presses and wheel turns into FURY's messages. Moves and wheel turns are paced; what is newest always
 * goes out before the press or release that follows it.
 */
export class Steering {
  readonly #send: (message: FuryMessage) => void;
  readonly #moves: Throttle<Move>;
  readonly #wheel: Throttle<{ delta: number; timeMs: number }>;
  #buttonsDown: MouseButton[] = [];
  #last: Move = { at: { x: 0.5, y: 0.5 }, modifiers: { ctrl: false, shift: false }, timeMs: 0 };

  constructor(options: {
    /** Least time between two moves in ms; 0 is once for each painted picture. */
    mouseIntervalMs: number;
    /** The same for wheel messages. */
    wheelIntervalMs: number;
    clock: Clock;
    send: (message: FuryMessage) => void;
  }) {
    this.#send = options.send;
    this.#moves = new Throttle<Move>({
      intervalMs: options.mouseIntervalMs,
      clock: options.clock,
      deliver: (move) => {
        this.#send({ type: "mouseMove", ...position(move) });
        return undefined;
      },
    });
    this.#wheel = new Throttle({
      intervalMs: options.wheelIntervalMs,
      clock: options.clock,
      merge: (buttonsDown, turn) => ({ delta: buttonsDown.delta + turn.delta, timeMs: turn.timeMs }),
      deliver: ({ delta, timeMs }) => {
        const part = Math.min(MAX_WHEEL_PER_MESSAGE, Math.max(-MAX_WHEEL_PER_MESSAGE, delta));
        if (part !== 0) this.#send({ type: "weel", deltaY: part, timestampInMs: timeMs });
        return part === delta ? undefined : { delta: delta - part, timeMs };
      },
    });
  }

  /** The buttons that are down as far as the server knows, in the order of their presses. */
  get held(): readonly MouseButton[] {
    return this.#buttonsDown;
  }

  move(at: Point, modifiers: Modifiers, timeMs: number): void {
    this.#last = { at, modifiers, timeMs };
    this.#moves.push(this.#last);
  }

  /** Presses a button; one that is down already stays as it is. */
  press(button: MouseButton, at: Point, modifiers: Modifiers, timeMs: number): void {
    if (this.#buttonsDown.includes(button)) return;
    this.#moves.flush();
    this.#buttonsDown = [...this.#buttonsDown, button];
    this.#click(button, 1, { at, modifiers, timeMs });
  }

  /** Releases a button; one that is not down is left alone. */
  release(button: MouseButton, at: Point, modifiers: Modifiers, timeMs: number): void {
    if (!this.#buttonsDown.includes(button)) return;
    this.#moves.flush();
    this.#buttonsDown = this.#buttonsDown.filter((other) => other !== button);
    this.#click(button, 0, { at, modifiers, timeMs });
  }

  /** Releases whatever is down, where the pointer was last: its own release went elsewhere. */
  releaseAll(timeMs: number): void {
    for (const button of this.#buttonsDown) this.release(button, this.#last.at, this.#last.modifiers, timeMs);
  }

  /** `delta` in px as of WheelEvent, down positive. */
  wheel(delta: number, timeMs: number): void {
    if (delta !== 0 && Number.isFinite(delta)) this.#wheel.push({ delta, timeMs });
  }

  /** Forgets all that is down or waits to be sent: the server on the other end is another one. */
  reset(): void {
    this.#moves.drop();
    this.#wheel.drop();
    this.#buttonsDown = [];
  }

  #click(button: MouseButton, on: 0 | 1, move: Move): void {
    this.#last = move;
    this.#send({ type: "mouseLeftClick", on, mouseButton: button, ...position(move) });
  }
}

function position({ at, modifiers, timeMs }: Move) {
  return {
    x: at.x,
    y: at.y,
    ctrlKey: modifiers.ctrl ? (1 as const) : (0 as const),
    shiftKey: modifiers.shift ? (1 as const) : (0 as const),
    timestampInMs: timeMs,
  };
}
