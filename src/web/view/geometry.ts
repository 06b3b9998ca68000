/** Where the picture lies inside its box. All in CSS px, y down. */
export interface Rect {
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Size {
  width: number;
  height: number;
}

export interface Point {
  x: number;
  y: number;
}

/**
 * Whether a picture has the shape of its box as nearly as whole pixels can, so that it fills the box without bars. A draft
 * with fewer pixels is rounded otherwise than the picture at rest, and must not be shown a hair smaller.
 */
export function fills(box: Size, picture: Size): boolean {
  const width = (box.width * picture.height) / box.height;
  const height = (box.height * picture.width) / box.width;
  return Math.abs(width - picture.width) < 1 || Math.abs(height - picture.height) < 1;
}

/** The part of `box` that a picture of this size fills: all where it {@link fills} it, else between two bars. */
export function letterbox(box: Rect, picture: Size): Rect {
  if (picture.width <= 0 || picture.height <= 0 || fills(box, picture)) return box;
  const scale = Math.min(box.width / picture.width, box.height / picture.height);
  const width = picture.width * scale;
  const height = picture.height * scale;
  return {
    left: box.left + (box.width - width) / 2,
    top: box.top + (box.height - height) / 2,
    width,
    height,
  };
}

/** A point of the window as fractions of the picture, y down, held inside 0..1. */
export function fractionOf(rect: Rect, point: Point): Point {
  return {
    x: clampToUnit((point.x - rect.left) / rect.width),
    y: clampToUnit((point.y - rect.top) / rect.height),
  };
}

function clampToUnit(value: number): number {
  // A box without area divides by zero; its middle is as good as any point.
  return Number.isFinite(value) ? Math.min(1, Math.max(0, value)) : 0.5;
}

export function distanceBetween(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
