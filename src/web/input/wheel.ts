/** The fields of a WheelEvent that say how far it turned. */
export interface WheelTurn {
  readonly deltaX: number;
  readonly deltaY: number;
  /** WheelEvent.DOM_DELTA_PIXEL 0, DOM_DELTA_LINE 1, DOM_DELTA_PAGE 2. */
  readonly deltaMode: number;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
}

/** px that stand for a line: Firefox turns 3 lines where Chromium turns 100 to 120 px. */
const PIXELS_PER_LINE = 40;
const PIXELS_PER_PAGE = 800;
/** Browsers give a trackpad's pinch as ctrl+wheel, scale = exp(-delta/100); FURY's wheel is about exp(-delta/1000). */
const PIXELS_PER_PINCH_UNIT = 10;
/** A wheel's notch is larger than this, a pinch's step smaller. */
const MAX_PINCH_STEP = 50;

/**
 * How far a wheel or trackpad turned, in px, down positive.
 * @param controlDown whether the key Control is really down, so that this is no pinch
 */
export function wheelPixels(turn: WheelTurn, controlDown: boolean): number {
  // With shift, browsers turn the wheel sideways; for a zoom it is the same turn.
  const delta = turn.deltaY === 0 && turn.shiftKey ? turn.deltaX : turn.deltaY;
  if (turn.deltaMode === 1) return delta * PIXELS_PER_LINE;
  if (turn.deltaMode === 2) return delta * PIXELS_PER_PAGE;
  const pinch = turn.ctrlKey && !controlDown && Math.abs(delta) <= MAX_PINCH_STEP;
  return pinch ? delta * PIXELS_PER_PINCH_UNIT : delta;
}
