import type { FuryMessage } from "../../protocol/client-messages.ts";
import type { PageOptions } from "../options.ts";
import type { Point } from "../view/geometry.ts";
import { browserClock, Throttle } from "./throttle.ts";

/** A mouse button as in MouseEvent.button and FURY's messages: 0 left, 1 middle, 2 right. */
export type MouseButton = 0 | 1 | 2;

export interface Modifiers {
  ctrl: boolean;
  shift: boolean;
  alt: boolean;
  meta: boolean;
}

export const NO_MODIFIERS: Modifiers = { ctrl: false, shift: false, alt: false, meta: false };

/** Distance of a wheel turn, px, right and down positive. */
export interface WheelTurn {
  deltaX: number;
  deltaY: number;
}

/**
 * Maximum |delta| of one wheel message, px; the remainder is sent with the next one. FURY multiplies the zoom by
 * 1 - delta/1000, which would turn the view upside down from 1000 on.
 */
const MAX_WHEEL_PER_MESSAGE = 500;

interface Move {
  at: Point;
  modifiers: Modifiers;
  timeMs: number;
}

/**
 * Converts moves, presses and wheel turns to FURY's messages. Moves and wheel turns are throttled; a pending move is always sent
 * before the press or release that follows it.
 */
export class Steering {
  readonly #send: (message: FuryMessage) => void;
  readonly #moves: Throttle<Move>;
  readonly #wheel: Throttle<WheelTurn & { modifiers: Modifiers; timeMs: number }>;
  /** Buttons that the server has as down, in the order of their presses. */
  buttonsDown: readonly MouseButton[] = [];
  #last: Move = { at: { x: 0.5, y: 0.5 }, modifiers: NO_MODIFIERS, timeMs: 0 };

  constructor(
    options: Pick<PageOptions, "mouseIntervalMs" | "wheelIntervalMs">,
    send: (message: FuryMessage) => void,
    clock = browserClock,
  ) {
    this.#send = send;
    this.#moves = new Throttle<Move>({
      intervalMs: options.mouseIntervalMs,
      clock,
      deliver: (move) => {
        this.#send({ type: "mouseMove", ...position(move) });
        return undefined;
      },
    });
    this.#wheel = new Throttle({
      intervalMs: options.wheelIntervalMs,
      clock,
      merge: (pending, turn) => ({
        ...turn,
        deltaX: pending.deltaX + turn.deltaX,
        deltaY: pending.deltaY + turn.deltaY,
      }),
      deliver: (turn) => {
        const deltaX = wheelPart(turn.deltaX);
        const deltaY = wheelPart(turn.deltaY);
        const rest = { ...turn, deltaX: turn.deltaX - deltaX, deltaY: turn.deltaY - deltaY };
        if (deltaX !== 0 || deltaY !== 0) this.#send(wheelMessage({ ...turn, deltaX, deltaY }));
        return rest.deltaX === 0 && rest.deltaY === 0 ? undefined : rest;
      },
    });
  }

  move(at: Point, modifiers: Modifiers, timeMs: number): void {
    this.#last = { at, modifiers, timeMs };
    this.#moves.push(this.#last);
  }

  /** Presses a button; does nothing if it is down. */
  press(button: MouseButton, at: Point, modifiers: Modifiers, timeMs: number): void {
    if (this.buttonsDown.includes(button)) return;
    this.#moves.flush();
    this.buttonsDown = [...this.buttonsDown, button];
    this.#click(button, 1, { at, modifiers, timeMs });
  }

  /** Releases a button; does nothing if it is not down. */
  release(button: MouseButton, at: Point, modifiers: Modifiers, timeMs: number): void {
    if (!this.buttonsDown.includes(button)) return;
    this.#moves.flush();
    this.buttonsDown = this.buttonsDown.filter((other) => other !== button);
    this.#click(button, 0, { at, modifiers, timeMs });
  }

  /** Releases all buttons at the last pointer position, because the page will not receive their own releases. */
  releaseAll(timeMs: number): void {
    for (const button of this.buttonsDown) this.release(button, this.#last.at, this.#last.modifiers, timeMs);
  }

  wheel({ deltaX, deltaY }: WheelTurn, modifiers: Modifiers, timeMs: number): void {
    if (!Number.isFinite(deltaX + deltaY) || (deltaX === 0 && deltaY === 0)) return;
    this.#wheel.push({ deltaX, deltaY, modifiers, timeMs });
  }

  /** Discards pending messages and buttons that are down: a new server does not know them. */
  reset(): void {
    this.#moves.clear();
    this.#wheel.clear();
    this.buttonsDown = [];
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
    ...extraModifiers(modifiers),
    timestampInMs: timeMs,
  };
}

function wheelPart(delta: number): number {
  return Math.min(MAX_WHEEL_PER_MESSAGE, Math.max(-MAX_WHEEL_PER_MESSAGE, delta));
}

/** What FURY's wheel message does not have is left out where it is 0. */
function wheelMessage({
  deltaX,
  deltaY,
  modifiers,
  timeMs,
}: WheelTurn & { modifiers: Modifiers; timeMs: number }): FuryMessage {
  return {
    type: "weel",
    deltaY,
    ...(deltaX !== 0 && { deltaX }),
    ...(modifiers.ctrl && { ctrlKey: 1 as const }),
    ...(modifiers.shift && { shiftKey: 1 as const }),
    ...extraModifiers(modifiers),
    timestampInMs: timeMs,
  };
}

function extraModifiers({ alt, meta }: Modifiers) {
  return { ...(alt && { altKey: 1 as const }), ...(meta && { metaKey: 1 as const }) };
}
