/** The part of a WheelEvent that determines its distance. */
export interface WheelTurn {
  readonly deltaX: number;
  readonly deltaY: number;
  /** WheelEvent.DOM_DELTA_PIXEL 0, DOM_DELTA_LINE 1, DOM_DELTA_PAGE 2. */
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
}

/** px per line: one notch is 3 lines in Firefox and 100 to 120 px in Chromium. */
const PIXELS_PER_LINE = 40;
const PIXELS_PER_PAGE = 800;
/** Browsers report a trackpad's pinch as ctrl+wheel with scale = exp(-delta/100); FURY's wheel zooms by about exp(-delta/1000). */
const PIXELS_PER_PINCH_UNIT = 10;
/** Maximum |delta| of a pinch event, px. A notch of a wheel is larger. */
const MAX_PINCH_STEP = 50;

/**
 * Distance of a wheel event in px, down positive.
 * @param controlDown whether the Control key is actually down; with it, ctrl+wheel is not a pinch
 */
export function wheelPixels(turn: WheelTurn, controlDown: boolean): number {
  // With Shift, browsers report a horizontal turn; it zooms as well.
  const delta = turn.deltaY === 0 && turn.shiftKey ? turn.deltaX : turn.deltaY;
  if (turn.deltaMode === 1) return delta * PIXELS_PER_LINE;
  if (turn.deltaMode === 2) return delta * PIXELS_PER_PAGE;
  const pinch = turn.ctrlKey && !controlDown && Math.abs(delta) <= MAX_PINCH_STEP;
  return pinch ? delta * PIXELS_PER_PINCH_UNIT : delta;
}
