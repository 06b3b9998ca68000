import { distanceBetween, type Point } from "../view/geometry.ts";

/** Position of a mouse event in the frame (`client`) and on the screen. */
export interface PointerPosition {
  readonly clientX: number;
  readonly clientY: number;
  readonly screenX: number;
  readonly screenY: number;
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

  /** Records a pointer position over the frame. */
  onPointerMove(position: PointerPosition, timeMs: number): void {
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
