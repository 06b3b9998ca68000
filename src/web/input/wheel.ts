import { distanceBetween, type Point } from "../view/geometry.ts";
import type { WheelTurn } from "./steering.ts";

/** px per line: one notch is 3 lines in Firefox and 100 to 120 px in Chromium. */
const PIXELS_PER_LINE = 40;
const PIXELS_PER_PAGE = 800;
/** Browsers report a trackpad's pinch as ctrl+wheel with scale = exp(-delta/100); FURY's wheel zooms by about exp(-delta/1000). */
const PIXELS_PER_PINCH_UNIT = 10;
/** Maximum |delta| of a pinch event, px. A notch of a wheel is larger. */
const MAX_PINCH_STEP = 50;

/**
 * Distance of a wheel event.
 * @param controlDown whether the Control key is actually down; with it, ctrl+wheel is not a pinch
 */
export function wheelTurn(
  turn: Pick<WheelEvent, "deltaX" | "deltaY" | "deltaMode" | "ctrlKey" | "shiftKey">,
  controlDown: boolean,
): WheelTurn {
  // With Shift, browsers report a horizontal turn; it zooms as well.
  const isSwapped = turn.deltaY === 0 && turn.shiftKey;
  const deltaX = isSwapped ? 0 : turn.deltaX;
  const deltaY = isSwapped ? turn.deltaX : turn.deltaY;
  let scale = 1;
  if (turn.deltaMode === 1 /* DOM_DELTA_LINE */) scale = PIXELS_PER_LINE;
  else if (turn.deltaMode === 2 /* DOM_DELTA_PAGE */) scale = PIXELS_PER_PAGE;
  else if (turn.ctrlKey && !controlDown && Math.abs(deltaY) <= MAX_PINCH_STEP) scale = PIXELS_PER_PINCH_UNIT;
  return { deltaX: deltaX * scale, deltaY: deltaY * scale };
}

/** Time without a scroll after which a pointer over the frame captures the wheel, ms. */
const CAPTURE_DELAY_MS = 300;

/**
 * Decides in an embedded page whether the wheel zooms the view or scrolls the parent page (maps call it cooperative gesture
 * handling). A frame that captured every wheel event would interrupt the reader's scrolling and zoom the view (scroll hijacking:
 * jupyter_rfb#47, matplotlib#8911).
 */
export class WheelCapture {
  /** When the pointer entered the frame or the parent page last scrolled, ms; undefined while the pointer is elsewhere. */
  #stillSince: number | undefined;
  #frameOrigin: Point | undefined;
  #clicked = false;

  /** Follows the pointer and the clicks in this document, the buttons included. */
  listen(): this {
    document.addEventListener("pointerdown", () => this.onClick());
    for (const type of ["pointerover", "pointermove"] as const) {
      document.addEventListener(type, (event) => this.onPointerMove(event, event.timeStamp));
    }
    document.documentElement.addEventListener("pointerleave", () => this.onPointerLeave());
    window.addEventListener("blur", () => this.onBlur());
    return this;
  }

  onPointerMove(
    position: Pick<MouseEvent, "clientX" | "clientY" | "screenX" | "screenY">,
    timeMs: number,
  ): void {
    // The frame moves on the screen when the parent page scrolls.
    const origin = { x: position.screenX - position.clientX, y: position.screenY - position.clientY };
    const scrolled = this.#frameOrigin === undefined || distanceBetween(origin, this.#frameOrigin) > 1;
    this.#frameOrigin = origin;
    if (scrolled) this.#stillSince = timeMs;
    this.#stillSince ??= timeMs;
  }

  onPointerLeave(): void {
    this.#stillSince = undefined;
  }

  /** Captures the wheel until the frame loses the focus. */
  onClick(): void {
    this.#clicked = true;
  }

  onBlur(): void {
    this.#clicked = false;
  }

  /** Whether a wheel event zooms the view. One that does not scrolls the parent page, and restarts the delay. */
  captures(event: { readonly ctrlKey: boolean }, timeMs: number): boolean {
    if (event.ctrlKey || this.#clicked) return true;
    if (this.#stillSince !== undefined && timeMs - this.#stillSince >= CAPTURE_DELAY_MS) return true;
    this.#stillSince = timeMs;
    return false;
  }
}
