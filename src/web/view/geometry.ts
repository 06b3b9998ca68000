export interface Size {
  width: number;
  height: number;
}

/** A rectangle in CSS px, y down. */
export interface Rect extends Size {
  left: number;
  top: number;
}

export interface Point {
  x: number;
  y: number;
}

/**
 * Whether a frame fills its box without bars: the aspect ratios differ by less than a pixel. The size of a draft is rounded
 * differently from that of the full view, and must not be displayed a pixel smaller.
 */
export function fills(box: Size, frame: Size): boolean {
  const width = (box.width * frame.height) / box.height;
  const height = (box.height * frame.width) / box.width;
  return Math.abs(width - frame.width) < 1 || Math.abs(height - frame.height) < 1;
}

/** The part of `box` that a frame of this size covers: all of it if it {@link fills} the box, else the part between two bars. */
export function letterbox(box: Rect, frame: Size): Rect {
  if (frame.width <= 0 || frame.height <= 0 || fills(box, frame)) return box;
  const scale = Math.min(box.width / frame.width, box.height / frame.height);
  const width = frame.width * scale;
  const height = frame.height * scale;
  return {
    left: box.left + (box.width - width) / 2,
    top: box.top + (box.height - height) / 2,
    width,
    height,
  };
}

/** Converts a point of the window to fractions of `rect`, y down, clamped to 0..1. */
export function fractionOf(rect: Rect, point: Point): Point {
  return {
    x: clampToUnit((point.x - rect.left) / rect.width),
    y: clampToUnit((point.y - rect.top) / rect.height),
  };
}

function clampToUnit(value: number): number {
  // A rectangle without area divides by zero; the centre is as good as any other point.
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0.5;
}

export function distanceBetween(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

/** Sets a canvas's size in px, if it differs: setting it clears the canvas, so fill it before the next paint. */
export function resizeCanvas(canvas: HTMLCanvasElement, { width, height }: Size): void {
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
