import { Box3, type BufferAttribute, type BufferGeometry, type Ray } from "three";
import { isBetter, meetsBox, type ObjectHit, type PickQuery } from "./pick-query.ts";
import { blocksOnRay } from "./triangle-blocks.ts";

/** Coordinates of attributes that are not plain float32, such as quantized ones. */
const converted = new WeakMap<object, Float32Array>();

function positionsOf(attribute: BufferAttribute): Float32Array {
  const { array, itemSize, count } = attribute;
  if ("isBufferAttribute" in attribute && array instanceof Float32Array && itemSize === 3) return array;
  const before = converted.get(attribute);
  if (before !== undefined) return before;
  const positions = new Float32Array(3 * count);
  for (let i = 0; i < count; i += 1) {
    positions[3 * i] = attribute.getX(i);
    positions[3 * i + 1] = attribute.getY(i);
    positions[3 * i + 2] = attribute.getZ(i);
  }
  converted.set(attribute, positions);
  return positions;
}

/**
 * Intersects a ray with the triangles of a geometry, from both sides (Möller and Trumbore 1997).
 *
 * @param ray in local coordinates
 * @param deformed positions of the vertices, if bones or morph targets have moved them; the boxes of blocks are not those of such vertices
 */
export function castTriangles(
  geometry: BufferGeometry,
  ray: Ray,
  query: Pick<PickQuery, "distance">,
  [near, far]: readonly [number, number],
  deformed?: Float32Array,
): Omit<ObjectHit, "object" | "point"> | undefined {
  const positions = deformed ?? positionsOf(geometry.getAttribute("position") as BufferAttribute);
  const indices = geometry.index?.array;
  const { start, count } = geometry.drawRange;
  const end = Math.min(start + count, indices?.length ?? positions.length / 3);
  const { x: ox, y: oy, z: oz } = ray.origin;
  const { x: dx, y: dy, z: dz } = ray.direction;
  const box = new Box3();
  const meets = (boxes: Float32Array, at: number): boolean => {
    box.min.fromArray(boxes, at);
    box.max.fromArray(boxes, at + 3);
    return meetsBox(ray, near, far, box);
  };
  const blocks = deformed
    ? [{ start, end }]
    : blocksOnRay(geometry, { positions, indices }, { start, end }, meets);
  let best: number | undefined;
  let found = -1;
  let nearest = 0;
  for (const block of blocks) {
    for (let at = block.start; at + 2 < block.end; at += 3) {
      const [a, b, c] = indices
        ? [indices[at] ?? 0, indices[at + 1] ?? 0, indices[at + 2] ?? 0]
        : [at, at + 1, at + 2];
      const ax = positions[3 * a] ?? 0;
      const ay = positions[3 * a + 1] ?? 0;
      const az = positions[3 * a + 2] ?? 0;
      const e1x = (positions[3 * b] ?? 0) - ax;
      const e1y = (positions[3 * b + 1] ?? 0) - ay;
      const e1z = (positions[3 * b + 2] ?? 0) - az;
      const e2x = (positions[3 * c] ?? 0) - ax;
      const e2y = (positions[3 * c + 1] ?? 0) - ay;
      const e2z = (positions[3 * c + 2] ?? 0) - az;
      const px = dy * e2z - dz * e2y;
      const py = dz * e2x - dx * e2z;
      const pz = dx * e2y - dy * e2x;
      const determinant = e1x * px + e1y * py + e1z * pz;
      if (determinant === 0) continue;
      const tx = ox - ax;
      const ty = oy - ay;
      const tz = oz - az;
      const u = (tx * px + ty * py + tz * pz) / determinant;
      if (!(u >= 0 && u <= 1)) continue;
      const qx = ty * e1z - tz * e1y;
      const qy = tz * e1x - tx * e1z;
      const qz = tx * e1y - ty * e1x;
      const v = (dx * qx + dy * qy + dz * qz) / determinant;
      if (!(v >= 0 && u + v <= 1)) continue;
      const distance = (e2x * qx + e2y * qy + e2z * qz) / determinant;
      if (!(distance >= near && distance <= far) || !isBetter(query, distance, best)) continue;
      best = distance;
      found = at;
      const rest = 1 - u - v;
      nearest = rest >= u && rest >= v ? a : u >= v ? b : c;
    }
  }
  if (best === undefined) return undefined;
  const corner = (i: number): number => indices?.[found + i] ?? found + i;
  return {
    distance: best,
    triangle: found / 3,
    corners: [corner(0), corner(1), corner(2)],
    vertex: nearest,
  };
}
