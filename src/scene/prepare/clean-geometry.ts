import { BufferAttribute, type BufferGeometry, InterleavedBufferAttribute } from "three";
import { collapseInvalid, replaceNonFinite } from "../../geometry/collapse-invalid.ts";

/**
 * Removes values that are not finite, and converts attributes to plain Float32 buffers. A vertex with an invalid position is moved to a
 * valid one, and the primitives that use it are collapsed to a point, so that they cover no pixel and do not change the bounds.
 *
 * @param size vertices of a primitive: 1 for points, 2 for lines, 3 for triangles
 * @returns number of collapsed primitives
 */
export function cleanGeometry(geometry: BufferGeometry, size: 1 | 2 | 3): number {
  for (const [name, attribute] of Object.entries(geometry.attributes)) {
    if (attribute instanceof InterleavedBufferAttribute) geometry.setAttribute(name, deinterleave(attribute));
    else if (attribute.array instanceof Float64Array) {
      geometry.setAttribute(
        name,
        new BufferAttribute(new Float32Array(attribute.array), attribute.itemSize, attribute.normalized),
      );
    }
    const { array } = geometry.getAttribute(name);
    if (name !== "position" && array instanceof Float32Array) replaceNonFinite(array);
  }
  for (const morphs of Object.values(geometry.morphAttributes)) {
    for (const { array } of morphs ?? []) if (array instanceof Float32Array) replaceNonFinite(array);
  }
  const { array } = geometry.getAttribute("position");
  // Integer positions are always valid.
  if (!(array instanceof Float32Array)) return 0;
  const indices = geometry.index?.array as Uint32Array | Uint16Array | Uint8Array | undefined;
  return collapseInvalid(array, indices, size);
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
