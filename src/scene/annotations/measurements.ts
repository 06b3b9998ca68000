import { type Box3, Vector3 } from "three";
import { formatMeasurement, type Measurement } from "../../protocol/measure.ts";
import type { AnnotatedView } from "./annotations.ts";
import type { Drawing, Rgba } from "./drawing.ts";

const COLOR: Rgba = [1, 0.76, 0.18, 1];
const CROSSHAIR_COLOR: Rgba = [0.35, 0.85, 0.95, 0.9];

/** Radius of the dots at the points of a measurement, and of the gap in the middle of the crosshair, px. */
const DOT = 3.5;
const GAP = 7;

/** Distance of a label from its line, px. */
const LABEL_DISTANCE = 14;

type Place = [x: number, y: number];

/** Draws measured distances and angles with their values, in front of the scene. */
export function drawMeasurements(
  drawing: Drawing,
  view: AnnotatedView,
  measurements: readonly Measurement[],
  unit: string | undefined,
): void {
  const { scale, font } = view;
  for (const measurement of measurements) {
    const points = measurement.points.map((point) => new Vector3(...point));
    for (const [i, to] of points.entries()) {
      const from = points[i - 1];
      if (from !== undefined) drawSegment(drawing, view, from, to);
    }
    const places = points.map((point) => project(view, inView(view, point)));
    for (const place of places) if (place !== undefined) drawDot(drawing, place, DOT * scale, font.halo);
    const [a, b, c] = places;
    if (a === undefined || b === undefined || (points.length === 3 && c === undefined)) continue;
    const text = formatMeasurement(measurement, unit);
    const [x, y] = c === undefined ? besideSegment(a, b) : besideAngle(a, b, c);
    const reach = LABEL_DISTANCE * scale;
    const [atX, atY] = c === undefined ? [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2] : b;
    const align = x > 0.3 ? "left" : x < -0.3 ? "right" : "center";
    const style = { ...font, color: COLOR, halo: [0, 0, 0, 0.8] as const, align } as const;
    drawing.text(text, atX + reach * x, atY + reach * y, style);
  }
}

/** Direction from the middle of a segment to its label: perpendicular, upwards. */
function besideSegment(a: Place, b: Place): Place {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const length = Math.hypot(dx, dy) || 1;
  const sign = dx < 0 ? -1 : 1;
  return [(-dy / length) * sign, (dx / length) * sign || 1];
}

/** Direction from the vertex of an angle to its label: away from its arms. */
function besideAngle(a: Place, b: Place, c: Place): Place {
  const towards = (to: Place): Place => {
    const length = Math.hypot(to[0] - b[0], to[1] - b[1]) || 1;
    return [(to[0] - b[0]) / length, (to[1] - b[1]) / length];
  };
  const [u, v] = [towards(a), towards(c)];
  const [x, y] = [-u[0] - v[0], -u[1] - v[1]];
  const length = Math.hypot(x, y);
  return length < 0.1 ? [-u[1], u[0]] : [x / length, y / length];
}

/** Draws lines through a point along the axes of the world, as long as the scene. */
export function drawCrosshair(
  drawing: Drawing,
  view: AnnotatedView,
  at: readonly number[],
  bounds: Box3,
): void {
  const center = new Vector3(at[0], at[1], at[2]);
  const middle = project(view, inView(view, center));
  for (const axis of [0, 1, 2]) {
    for (const end of [bounds.min, bounds.max]) {
      const tip = center.clone().setComponent(axis, end.getComponent(axis));
      if (tip.equals(center)) continue;
      drawSegment(drawing, view, center, tip, { color: CROSSHAIR_COLOR, around: middle });
    }
  }
}

/**
 * Draws the part of a segment that is in front of the camera.
 *
 * @param around a place that the line leaves out
 */
function drawSegment(
  drawing: Drawing,
  view: AnnotatedView,
  from: Vector3,
  to: Vector3,
  { color = COLOR, around }: { color?: Rgba; around?: Place | undefined } = {},
): void {
  const clipped = clipToNear(view, inView(view, from), inView(view, to));
  if (clipped === undefined) return;
  const [start, end] = clipped.map((point) => project(view, point));
  if (start === undefined || end === undefined) return;
  const { scale } = view;
  let first = start;
  if (around !== undefined) {
    const [dx, dy] = [end[0] - around[0], end[1] - around[1]];
    const length = Math.hypot(dx, dy);
    if (length <= GAP * scale) return;
    first = [around[0] + (dx / length) * GAP * scale, around[1] + (dy / length) * GAP * scale];
  }
  const width = around === undefined ? 2 : 1.25;
  drawing.line(first, end, (width + 1.5) * scale, [0, 0, 0, around === undefined ? 0.5 : 0.3]);
  drawing.line(first, end, width * scale, color);
}

function drawDot(drawing: Drawing, [x, y]: Place, radius: number, halo: Rgba): void {
  const corners = (size: number) =>
    Array.from({ length: 13 }, (_, i): Place => {
      const angle = (i / 12) * 2 * Math.PI;
      return [x + size * Math.cos(angle), y + size * Math.sin(angle)];
    });
  for (const [size, color] of [
    [radius + 1, halo],
    [radius, COLOR],
  ] as const) {
    const ring = corners(size);
    for (const [i, next] of ring.entries()) {
      const before = ring[i - 1];
      if (before !== undefined) drawing.triangle([[x, y], before, next], color);
    }
  }
}

function inView({ camera }: AnnotatedView, point: Vector3): Vector3 {
  return point.clone().applyMatrix4(camera.matrixWorldInverse);
}

/** The part of a segment in view coordinates beyond the near plane; undefined if the whole segment is nearer. */
function clipToNear({ camera }: AnnotatedView, a: Vector3, b: Vector3): [Vector3, Vector3] | undefined {
  const near = -camera.near;
  if ("isOrthographicCamera" in camera || (a.z <= near && b.z <= near)) return [a, b];
  if (a.z > near && b.z > near) return undefined;
  const at = a.clone().lerp(b, (near - a.z) / (b.z - a.z));
  return a.z > near ? [at, b] : [a, at];
}

/** The place of a point in view coordinates, px from the lower left corner; undefined behind the camera. */
function project({ camera, width, height }: AnnotatedView, point: Vector3): Place | undefined {
  if (point.z >= 0 && "isPerspectiveCamera" in camera) return undefined;
  const { x, y } = point.clone().applyMatrix4(camera.projectionMatrix);
  return [((x + 1) * width) / 2, ((y + 1) * height) / 2];
}
