import { type Box3, type Object3D, type Plane, type Ray, Vector3 } from "three";
import type { PickFact } from "../../protocol/pick.ts";

/** A question for what is at a pixel of the last frame. Distances are along the ray, world units. */
export interface PickQuery {
  /** From the camera through the center of the pixel, in world coordinates, as float64. */
  readonly ray: Ray;
  /** Range of distances in which the answer is: around the depth of the pixel, or the whole view if that is unknown. */
  readonly near: number;
  readonly far: number;
  /** Distance by the depth of the pixel; undefined if unknown, so that the nearest thing is wanted. */
  readonly distance: number | undefined;
  /** Pixel of the drawing buffer, from the lower left corner. */
  readonly pixel: readonly [x: number, y: number];
  /** Size of a pixel of the view at a distance, world units. */
  pixelSizeAt(distance: number): number;
  /** Distance of a depth of the drawing buffer, 0 to 1. */
  distanceAt(depth: number): number;
}

/** Where a ray meets a triangle, a line or a point of an object. */
export interface ObjectHit {
  readonly object: Object3D;
  readonly distance: number;
  /** World coordinates. */
  readonly point: Vector3;
  /** Number of the triangle in the index of the geometry, or of its vertices without an index. */
  readonly triangle?: number | undefined;
  /** Vertex numbers of the triangle. */
  readonly corners?: readonly [number, number, number] | undefined;
  /** Index of the line segment. */
  readonly segment?: number | undefined;
  /** The nearest vertex of the element. */
  readonly vertex?: number | undefined;
  /** Number of the copy of an object that is drawn many times. */
  readonly instance?: number | undefined;
}

/** An element of an actor at the place of a query. */
export interface PickedElement {
  readonly distance: number;
  /** World coordinates. */
  readonly point: Vector3;
  readonly facts: readonly PickFact[];
}

/** Finds what is at a pixel. `hit`: where the ray meets the actor's objects in the range of the query. */
export type PickElement = (query: PickQuery, hit: ObjectHit | undefined) => PickedElement | undefined;

/** What is known about a point in the space of an actor, whether it is visible there or not; undefined outside of it. */
export type FactsAt = (point: Vector3) => readonly PickFact[] | undefined;

export function pointOnRay(ray: Ray, distance: number): Vector3 {
  return ray.at(distance, new Vector3());
}

/**
 * The range of a query in front of all clipping planes, which are in world coordinates; undefined if it is empty.
 *
 * @param tolerance how far behind a plane something may be: a sample of the pixel is drawn beside its center. Default: 0
 */
export function clippedRange(
  { ray, near, far }: Pick<PickQuery, "ray" | "near" | "far">,
  planes: readonly Plane[],
  tolerance = 0,
): readonly [near: number, far: number] | undefined {
  let [from, to] = [near, far];
  for (const { normal, constant } of planes) {
    const [start, slope] = [normal.dot(ray.origin) + constant + tolerance, normal.dot(ray.direction)];
    const at = -start / slope;
    if (slope > 0) from = Math.max(from, at);
    else if (slope < 0) to = Math.min(to, at);
    else if (start < 0) return undefined;
  }
  return from <= to ? [from, to] : undefined;
}

/** Whether a distance is a better answer to a query than another one. */
export function isBetter(
  { distance: wanted }: Pick<PickQuery, "distance">,
  one: number,
  other: number | undefined,
): boolean {
  if (other === undefined) return true;
  return wanted === undefined ? one < other : Math.abs(one - wanted) < Math.abs(other - wanted);
}

/** Whether the part of the ray in the range meets a box. @param ray in the coordinates of the box, with the parameter of the query */
export function meetsBox({ origin, direction }: Ray, near: number, far: number, { min, max }: Box3): boolean {
  let [from, to] = [near, far];
  for (const axis of ["x", "y", "z"] as const) {
    const [start, step] = [origin[axis], direction[axis]];
    const [a, b] = [(min[axis] - start) / step, (max[axis] - start) / step];
    if (step === 0) {
      if (start < min[axis] || start > max[axis]) return false;
      continue;
    }
    from = Math.max(from, Math.min(a, b));
    to = Math.min(to, Math.max(a, b));
  }
  // A hit on the border of two boxes must not be missed by rounding.
  return from <= to + 1e-9 * Math.abs(to);
}
