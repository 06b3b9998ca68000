import { type Box3, Vector3 } from "three";
import type { AnnotatedView } from "./annotations.ts";
import type { Drawing } from "./drawing.ts";
import { formatTick, niceTicks } from "./nice-numbers.ts";

const MAX_TICKS = 5;

/** Coordinates along three edges of the bounding box that are outside of the scene on the screen. The edges are drawn by `boxLines`. */
export function drawBoxLabels(
  drawing: Drawing,
  { camera, width, height, font, scale }: AnnotatedView,
  box: Box3,
): void {
  const project = (point: Vector3): [number, number] | undefined => {
    const inView = point.clone().applyMatrix4(camera.matrixWorldInverse);
    if (inView.z >= 0 && "fov" in camera) return undefined;
    const { x, y } = inView.applyMatrix4(camera.projectionMatrix);
    return [((x + 1) * width) / 2, ((y + 1) * height) / 2];
  };
  const center = project(box.getCenter(new Vector3()));
  if (center === undefined) return;
  for (const axis of [0, 1, 2]) {
    const edge = outerEdge(box, axis, (point) => {
      const at = project(point);
      return at === undefined ? undefined : [at[0] - center[0], at[1] - center[1]];
    });
    if (edge === undefined) continue;
    const [min, max] = [box.min.getComponent(axis), box.max.getComponent(axis)];
    const ticks = niceTicks(min, max, MAX_TICKS);
    const spacing = Math.abs((ticks[1] ?? max) - (ticks[0] ?? min));
    for (const value of ticks) {
      const at = project(edge.clone().setComponent(axis, value));
      if (at === undefined) continue;
      const [dx, dy] = [at[0] - center[0], at[1] - center[1]];
      const length = Math.hypot(dx, dy) || 1;
      const away = (distance: number): [number, number] => [
        at[0] + (dx / length) * distance * scale,
        at[1] + (dy / length) * distance * scale,
      ];
      drawing.line(at, away(6), scale, font.color);
      const [x, y] = away(16);
      const align = dx > 0.3 * length ? "left" : dx < -0.3 * length ? "right" : "center";
      drawing.text(formatTick(value, spacing), x, y, { ...font, size: 0.85 * font.size, align });
    }
  }
}

/** Returns a corner of the edge along an axis whose middle is the farthest from the centre of the box on the screen. */
function outerEdge(
  box: Box3,
  axis: number,
  offset: (point: Vector3) => readonly [number, number] | undefined,
): Vector3 | undefined {
  let [best, farthest]: [Vector3 | undefined, number] = [undefined, -1];
  for (let i = 0; i < 4; i += 1) {
    const corner = new Vector3();
    for (const [bit, other] of [(axis + 1) % 3, (axis + 2) % 3].entries()) {
      corner.setComponent(other, (i & (1 << bit) ? box.max : box.min).getComponent(other));
    }
    const middle = corner
      .clone()
      .setComponent(axis, (box.min.getComponent(axis) + box.max.getComponent(axis)) / 2);
    const at = offset(middle);
    // Prefers edges at the bottom and the left, where coordinates are expected.
    const distance = at === undefined ? -1 : Math.hypot(...at) - 0.2 * at[1] - 0.1 * at[0];
    if (distance > farthest) [best, farthest] = [corner, distance];
  }
  return best;
}
