/** The fields of a mouse event that tell a pointer that moves over the page from a page that moves below the pointer. */
export interface PointerPlace {
  readonly clientX: number;
  readonly clientY: number;
  readonly screenX: number;
  readonly screenY: number;
}

/** How long the pointer rests over the frame, without a scroll of the page around it, until the wheel is the view's, ms. */
const REST_MS = 300;

/**
 * Decides in a frame whether the wheel zooms the view or scrolls the page around it. That page is scrolled over frames: one
 * that took every turn of the wheel would stop it and zoom the view away (jupyter_rfb#47, matplotlib#8911).
 */
export class WheelGate {
  /** Since when the pointer has been over the frame without a scroll, ms; undefined while it is not there. */
  #restingSince: number | undefined;
  #offset: { x: number; y: number } | undefined;
  #clicked = false;

  /** The pointer is over the frame. */
  moved(place: PointerPlace, timeMs: number): void {
    // The same place on the screen at another one of the frame: the page around it was scrolled.
    const offset = { x: place.screenX - place.clientX, y: place.screenY - place.clientY };
    const scrolled = this.#offset === undefined || distance(offset, this.#offset) > 1;
    this.#offset = offset;
    if (scrolled) this.#restingSince = timeMs;
    this.#restingSince ??= timeMs;
  }

  /** The pointer left the frame. */
  left(): void {
    this.#restingSince = undefined;
  }

  /** The view was clicked: the wheel is its own until the focus goes elsewhere. */
  clicked(): void {
    this.#clicked = true;
  }

  /** The focus went elsewhere. */
  blurred(): void {
    this.#clicked = false;
  }

  /** Whether this turn of the wheel is the view's. One that is not counts as a scroll of the page around. */
  admits(turn: { readonly ctrlKey: boolean }, timeMs: number): boolean {
    if (turn.ctrlKey || this.#clicked) return true;
    if (this.#restingSince !== undefined && timeMs - this.#restingSince >= REST_MS) return true;
    this.#restingSince = timeMs;
    return false;
  }
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
