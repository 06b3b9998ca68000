import { Vector3 } from "three";
import type { Space } from "../../formats/data-kinds.ts";
import type { AnnotatedView } from "./annotations.ts";
import type { Drawing, Rgba } from "./drawing.ts";

/** Names of the directions of the body along +x, +y and +z of RAS+ coordinates, and the opposite ones. */
const BODY = [
  ["R", "L"],
  ["A", "P"],
  ["S", "I"],
] as const;

/** Minimum share of a direction for its letter to be shown: within 65 degrees. */
const MIN_SHARE = 0.42;

const AXIS_COLORS: readonly Rgba[] = [
  [0.86, 0.24, 0.22, 1],
  [0.3, 0.66, 0.25, 1],
  [0.24, 0.45, 0.9, 1],
];

/** Distance of the lower letter from the edge in a view that is higher than wide, px: the page's buttons cover the middle there. */
const PORTRAIT_BOTTOM_MARGIN = 64;

/** Length of the axes in the corner, px. */
const AXIS_LENGTH = 38;

/**
 * Letters of the body's directions at the four edges of the view: R at the edge towards the body's right.
 *
 * @param top height of what is above the upper letter, px
 */
export function drawLetters(
  drawing: Drawing,
  { camera, width, height, font, scale }: AnnotatedView,
  top: number,
): void {
  const right = new Vector3(1, 0, 0).transformDirection(camera.matrixWorld);
  const up = new Vector3(0, 1, 0).transformDirection(camera.matrixWorld);
  const style = { ...font, size: 1.2 * font.size, align: "center" as const };
  const margin = 18 * scale;
  drawing.text(lettersOf(right), width - 1.4 * margin, height / 2, style);
  drawing.text(lettersOf(right.clone().negate()), 1.4 * margin, height / 2, style);
  drawing.text(lettersOf(up), width / 2, height - top - margin, style);
  const bottom = height > width ? Math.max(scale, 1) * PORTRAIT_BOTTOM_MARGIN : margin;
  drawing.text(lettersOf(up.clone().negate()), width / 2, bottom, style);
}

/** The letters of a direction, the main one first. */
export function lettersOf(direction: Vector3): string {
  return direction
    .toArray()
    .map((share, axis) => ({ share: Math.abs(share), letter: BODY[axis]?.[share < 0 ? 1 : 0] ?? "" }))
    .filter(({ share }) => share >= MIN_SHARE)
    .toSorted((a, b) => b.share - a.share)
    .map(({ letter }) => letter)
    .join("");
}

/** The directions of the axes, in the lower left corner. */
export function drawAxes(drawing: Drawing, { camera, font, scale }: AnnotatedView, space: Space): void {
  const toView = camera.matrixWorldInverse;
  const center = [62 * scale, 62 * scale] as const;
  const axes = [0, 1, 2]
    .map((axis) => ({ axis, direction: new Vector3().setComponent(axis, 1).transformDirection(toView) }))
    .toSorted((a, b) => a.direction.z - b.direction.z);
  for (const { axis, direction } of axes) {
    const color = AXIS_COLORS[axis] ?? font.color;
    const length = AXIS_LENGTH * scale;
    const tip = [center[0] + direction.x * length, center[1] + direction.y * length] as const;
    drawing.line(center, tip, 3 * scale, color);
    const label = space === "ras" ? (BODY[axis]?.[0] ?? "") : ("xyz"[axis] ?? "");
    const at = 1 + (10 * scale) / Math.max(1, Math.hypot(direction.x, direction.y) * length);
    const [x, y] = [center[0] + (tip[0] - center[0]) * at, center[1] + (tip[1] - center[1]) * at];
    drawing.text(label, x, y, { ...font, color, align: "center" });
  }
}
