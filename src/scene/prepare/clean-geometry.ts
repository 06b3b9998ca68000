import { BufferAttribute, type BufferGeometry, InterleavedBufferAttribute } from "three";
import { MAX_COORDINATE } from "../../geometry/coordinates.ts";

/** Returns a vertex index that is out of range, or undefined if all are valid. */
export function findInvalidIndex({ index, attributes }: BufferGeometry): number | undefined {
  const count = attributes.position?.count ?? 0;
  return Array.prototype.find.call(index?.array ?? [], (value: number) => !(value >= 0 && value < count));
}

/**
 * Removes values that are not finite, and converts attributes to plain Float32 buffers. A vertex with an invalid position is moved to a
 * valid one, and the primitives that use it are collapsed to a point, so that they cover no pixel and do not change the bounds.
 *
 * @param size vertices of a primitive: 1 for points, 2 for lines, 3 for triangles
 * @returns number of removed primitives, and whether none is left
 */
export function cleanGeometry(
  geometry: BufferGeometry,
  size: 1 | 2 | 3,
): { dropped: number; isEmpty: boolean } {
  for (const [name, attribute] of Object.entries(geometry.attributes)) {
    if (attribute instanceof InterleavedBufferAttribute) geometry.setAttribute(name, deinterleave(attribute));
    else if (attribute.array instanceof Float64Array) {
      geometry.setAttribute(
        name,
        new BufferAttribute(new Float32Array(attribute.array), attribute.itemSize, attribute.normalized),
      );
    }
    if (name !== "position") replaceNonFinite(geometry.getAttribute(name).array, 0);
  }
  for (const morphs of Object.values(geometry.morphAttributes)) {
    for (const morph of morphs ?? []) replaceNonFinite(morph.array, 0);
  }
  const position = geometry.getAttribute("position");
  const { array, itemSize } = position;
  const invalid = new Set<number>();
  for (let i = 0; i < position.count; i += 1) {
    for (let axis = 0; axis < itemSize; axis += 1) {
      if (!(Math.abs(array[i * itemSize + axis] ?? 0) <= MAX_COORDINATE)) invalid.add(i);
    }
  }
  if (invalid.size === 0) return { dropped: 0, isEmpty: false };
  let valid = 0;
  while (invalid.has(valid)) valid += 1;
  if (valid >= position.count) return { dropped: Math.ceil(position.count / size), isEmpty: true };

  const moveToValid = (vertex: number): void => {
    for (let axis = 0; axis < itemSize; axis += 1)
      array[vertex * itemSize + axis] = array[valid * itemSize + axis] ?? 0;
  };
  let dropped = 0;
  const { index } = geometry;
  const corners = index?.count ?? position.count;
  for (let first = 0; first < corners; first += size) {
    let isInvalid = false;
    for (let c = first; c < first + size && c < corners; c += 1)
      isInvalid ||= invalid.has(index?.getX(c) ?? c);
    if (!isInvalid) continue;
    dropped += 1;
    for (let c = first; c < first + size && c < corners; c += 1) {
      if (index === null) moveToValid(c);
      else index.setX(c, valid);
    }
  }
  for (const vertex of invalid) moveToValid(vertex);
  return { dropped, isEmpty: dropped * size >= corners };
}

/** Copies an interleaved attribute to a separate array. three.js's clone() would log to the console on each call. */
function deinterleave({
  data,
  offset,
  itemSize,
  count,
  normalized,
}: InterleavedBufferAttribute): BufferAttribute {
  const array = data.array.slice(0, count * itemSize);
  for (let i = 0; i < count; i += 1) {
    for (let c = 0; c < itemSize; c += 1) {
      array[i * itemSize + c] = data.array[i * data.stride + offset + c] ?? 0;
    }
  }
  return new BufferAttribute(array, itemSize, normalized);
}

function replaceNonFinite(array: ArrayLike<number>, value: number): void {
  if (!(array instanceof Float32Array)) return;
  for (let i = 0; i < array.length; i += 1) if (!Number.isFinite(array[i])) array[i] = value;
}
