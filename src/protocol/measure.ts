/** Measuring: the same texts in the picture and on the page, which bundles this file. */

export type MeasuredPoint = readonly [x: number, y: number, z: number];

/** Two points: their distance; three: the angle at the second one. */
export interface Measurement {
  readonly points: readonly MeasuredPoint[];
}

/** Maximum number of measurements of a view. */
export const MAX_MEASUREMENTS = 100;

/** The distance with four significant digits or two decimals, "12.34 mm", or the angle, "45.0°"; "" for other numbers of points. */
export function formatMeasurement({ points }: Measurement, unit: string | undefined): string {
  const [a, b, c] = points;
  if (a === undefined || b === undefined || points.length > 3) return "";
  if (c !== undefined) return `${angleAt(b, a, c).toFixed(1)}°`;
  const distance = Math.hypot(...between(a, b));
  const text = distance >= 100 ? distance.toFixed(2) : String(Number(distance.toPrecision(4)));
  return unit === undefined ? text : `${text} ${unit}`;
}

/** Angle at a point between the directions to two others, degrees; 0 if one of them is the same point. */
export function angleAt(at: MeasuredPoint, one: MeasuredPoint, other: MeasuredPoint): number {
  const [u, v] = [between(at, one), between(at, other)];
  const cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
  // atan2 is exact for small angles, where the cosine is not.
  const angle = Math.atan2(Math.hypot(...cross), u[0] * v[0] + u[1] * v[1] + u[2] * v[2]);
  return (angle * 180) / Math.PI;
}

function between(from: MeasuredPoint, to: MeasuredPoint): [number, number, number] {
  return [to[0] - from[0], to[1] - from[1], to[2] - from[2]];
}
