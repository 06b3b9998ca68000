// three.js's copy of Mapbox's earcut. The module imports no other part of three.js.
import { Earcut } from "three/src/extras/Earcut.js";

const TRIANGLE: readonly number[] = [0, 1, 2];
const QUAD: readonly number[] = [0, 1, 2, 0, 2, 3];
const QUAD_OTHER_DIAGONAL: readonly number[] = [0, 1, 3, 1, 2, 3];

/**
 * Maximum number of corners for ear clipping without a check for self-intersection. Larger outlines must have a turning
 * number of 1: ear clipping of a self-intersecting outline is quadratic, 3 s for 10,000 corners.
 */
const MAX_UNCHECKED_CORNERS = 256;

/** Above this number of corners, a sample of edges is also tested for self-intersection, which takes 1 µs per corner. */
const MAX_UNSAMPLED_CORNERS = 1024;

/** Number of sampled edges. An outline in which every tenth edge is crossed passes the test with a probability of 0.1 %. */
const SAMPLED_EDGES = 64;

/**
 * Triangulates a polygon: convex ones as a triangle fan, concave ones by ear clipping in the plane of the polygon.
 * Collinear corners can be left out. A self-intersecting outline has no exact triangulation and can become a fan.
 *
 * @param positions x, y, z of each vertex
 * @param vertices vertex index of each corner; can contain other polygons before and after this one
 * @param start index in `vertices` of the first corner
 * @param count number of corners
 * @returns corner numbers from 0 to `count - 1`, three per triangle, with the winding of the polygon; the array can be
 *   shared between calls. Empty for fewer than three corners.
 */
export function triangulate(
  positions: ArrayLike<number>,
  vertices: ArrayLike<number>,
  start = 0,
  count = vertices.length - start,
): readonly number[] {
  if (count < 3) return [];
  if (count === 3) return TRIANGLE;
  if (count === 4) return triangulateQuad(positions, vertices, start);
  return triangulateOutline(project(positions, vertices, start, count));
}

/** Splits a quad between corners 0 and 2, or between 1 and 3 if the two triangles would face in opposite directions. */
function triangulateQuad(
  positions: ArrayLike<number>,
  vertices: ArrayLike<number>,
  start: number,
): readonly number[] {
  const a = 3 * (vertices[start] ?? 0);
  const b = 3 * (vertices[start + 1] ?? 0);
  const c = 3 * (vertices[start + 2] ?? 0);
  const d = 3 * (vertices[start + 3] ?? 0);
  const x = positions[a] ?? 0;
  const y = positions[a + 1] ?? 0;
  const z = positions[a + 2] ?? 0;
  const bx = (positions[b] ?? 0) - x;
  const by = (positions[b + 1] ?? 0) - y;
  const bz = (positions[b + 2] ?? 0) - z;
  const cx = (positions[c] ?? 0) - x;
  const cy = (positions[c + 1] ?? 0) - y;
  const cz = (positions[c + 2] ?? 0) - z;
  const dx = (positions[d] ?? 0) - x;
  const dy = (positions[d + 1] ?? 0) - y;
  const dz = (positions[d + 2] ?? 0) - z;
  // (b × c) · (c × d) = (b · c)(c · d) - (b · d)(c · c), by the identity of Binet and Cauchy.
  const facing =
    (bx * cx + by * cy + bz * cz) * (cx * dx + cy * dy + cz * dz) -
    (bx * dx + by * dy + bz * dz) * (cx * cx + cy * cy + cz * cz);
  return facing < 0 ? QUAD_OTHER_DIAGONAL : QUAD;
}

/** Projects the corners to u, v along the dominant axis of the normal (Newell's method), with counter-clockwise winding. */
function project(
  positions: ArrayLike<number>,
  vertices: ArrayLike<number>,
  start: number,
  count: number,
): Float64Array {
  const origin = 3 * (vertices[start] ?? 0);
  const local = new Float64Array(3 * count);
  for (let corner = 0; corner < count; corner += 1) {
    const offset = 3 * (vertices[start + corner] ?? 0);
    for (let axis = 0; axis < 3; axis += 1) {
      local[3 * corner + axis] = (positions[offset + axis] ?? 0) - (positions[origin + axis] ?? 0);
    }
  }
  const area = (u: number, v: number): number => {
    let sum = 0;
    for (let corner = 0, previous = count - 1; corner < count; previous = corner, corner += 1) {
      sum +=
        (local[3 * previous + u] ?? 0) * (local[3 * corner + v] ?? 0) -
        (local[3 * corner + u] ?? 0) * (local[3 * previous + v] ?? 0);
    }
    return sum;
  };
  const areas = [area(1, 2), area(2, 0), area(0, 1)];
  let axis = 0;
  for (const other of [1, 2]) if (Math.abs(areas[other] ?? 0) > Math.abs(areas[axis] ?? 0)) axis = other;
  let u = (axis + 1) % 3;
  let v = (axis + 2) % 3;
  if ((areas[axis] ?? 0) < 0) [u, v] = [v, u];
  return Float64Array.from({ length: 2 * count }, (_, i) => local[3 * (i >> 1) + (i % 2 === 0 ? u : v)] ?? 0);
}

/** @param outline u, v of each corner */
function triangulateOutline(outline: Float64Array): readonly number[] {
  const count = outline.length / 2;
  const { convex, turningNumber } = analyzeOutline(outline);
  if (convex) return fan(count);
  if (count > MAX_UNCHECKED_CORNERS && turningNumber !== 1) return fan(count);
  if (count > MAX_UNSAMPLED_CORNERS && hasCrossedEdges(outline)) return fan(count);
  const isClosed = outline[0] === outline.at(-2) && outline[1] === outline.at(-1);
  const triangles = Earcut.triangulate([...(isClosed ? outline.subarray(0, -2) : outline)], []);
  return triangles.length > 0 ? triangles : fan(count);
}

/** Whether the outline is convex, and its turning number, which is 1 if it does not intersect itself. */
function analyzeOutline(outline: Float64Array): { convex: boolean; turningNumber: number } {
  let angle = 0;
  let turnsLeft = true;
  let previousU = 0;
  let previousV = 0;
  let hasPrevious = false;
  const count = outline.length / 2;
  for (let corner = 0; corner <= count; corner += 1) {
    const from = 2 * (corner % count);
    const to = 2 * ((corner + 1) % count);
    const u = (outline[to] ?? 0) - (outline[from] ?? 0);
    const v = (outline[to + 1] ?? 0) - (outline[from + 1] ?? 0);
    if (u === 0 && v === 0) continue;
    if (hasPrevious) {
      const cross = previousU * v - previousV * u;
      turnsLeft &&= cross >= 0;
      angle += Math.atan2(cross, previousU * u + previousV * v);
    }
    hasPrevious = true;
    previousU = u;
    previousV = v;
  }
  const turningNumber = Math.round(angle / (2 * Math.PI));
  return { convex: turnsLeft && turningNumber === 1, turningNumber };
}

/** Self-intersection test by sampling: whether an edge of an evenly spaced sample is crossed by another edge. */
function hasCrossedEdges(outline: Float64Array): boolean {
  const count = outline.length / 2;
  const at = (i: number): number => outline[i % outline.length] ?? 0;
  for (let sample = 0; sample < SAMPLED_EDGES; sample += 1) {
    const edge = 2 * Math.floor((sample * count) / SAMPLED_EDGES);
    const au = at(edge);
    const av = at(edge + 1);
    const bu = at(edge + 2);
    const bv = at(edge + 3);
    let cu = at(0);
    let cv = at(1);
    // The sides of the sampled edge at which the ends of the other edge are: twice the signed area of a triangle.
    let before = (bu - au) * (cv - av) - (bv - av) * (cu - au);
    for (let corner = 1; corner <= count; corner += 1) {
      const i = corner === count ? 0 : 2 * corner;
      const du = outline[i] ?? 0;
      const dv = outline[i + 1] ?? 0;
      const after = (bu - au) * (dv - av) - (bv - av) * (du - au);
      if (before * after < 0) {
        const from = (du - cu) * (av - cv) - (dv - cv) * (au - cu);
        const to = (du - cu) * (bv - cv) - (dv - cv) * (bu - cu);
        if (from * to < 0) return true;
      }
      cu = du;
      cv = dv;
      before = after;
    }
  }
  return false;
}

function fan(count: number): number[] {
  const triangles: number[] = [];
  for (let corner = 2; corner < count; corner += 1) triangles.push(0, corner - 1, corner);
  return triangles;
}
