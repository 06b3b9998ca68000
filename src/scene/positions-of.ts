import type { BufferAttribute, InterleavedBufferAttribute } from "three";

/** Returns x, y, z of each vertex, tightly packed: the attribute's array if it has this layout, otherwise a copy. */
export function positionsOf(position: BufferAttribute | InterleavedBufferAttribute): Float32Array {
  const plain = "isBufferAttribute" in position && position.itemSize === 3 && !position.normalized;
  if (plain && position.array instanceof Float32Array) return position.array;
  const positions = new Float32Array(position.count * 3);
  for (let i = 0; i < position.count; i += 1) {
    positions.set([position.getX(i), position.getY(i), position.getZ(i)], 3 * i);
  }
  return positions;
}
