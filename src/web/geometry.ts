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

/** The part of `box` that a picture of this size fills under `object-fit: contain`: bars left and right, or above and below. */
export function letterbox(box: Rect, picture: Size): Rect {
  if (picture.width <= 0 || picture.height <= 0) return box;
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
