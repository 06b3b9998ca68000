import type { BufferAttribute, InterleavedBufferAttribute } from "three";

export interface Weld {
  /** Position number of each vertex, from 0. */
  readonly ids: Int32Array;
  /** Number of distinct positions. */
  readonly count: number;
}

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

/**
 * Numbers the distinct positions of vertices.
 *
 * @param positions x, y, z of each vertex; all finite
 */
export function weld(positions: Float32Array): Weld {
  const vertices = positions.length / 3;
  const ids = new Int32Array(vertices);
  const size = 2 ** Math.ceil(Math.log2(Math.max(16, vertices * 2)));
  const table = new Int32Array(size).fill(-1);
  const float = new Float32Array(3);
  const bits = new Int32Array(float.buffer);
  let count = 0;
  for (let c = 0; c < vertices; c += 1) {
    const x = positions[3 * c] ?? 0;
    const y = positions[3 * c + 1] ?? 0;
    const z = positions[3 * c + 2] ?? 0;
    // Adding 0 turns -0 into 0.
    float[0] = x + 0;
    float[1] = y + 0;
    float[2] = z + 0;
    let slot = hash(bits[0] ?? 0, bits[1] ?? 0, bits[2] ?? 0) & (size - 1);
    for (;;) {
      const other = table[slot] ?? -1;
      if (other === -1) {
        table[slot] = c;
        ids[c] = count;
        count += 1;
        break;
      }
      if (positions[3 * other] === x && positions[3 * other + 1] === y && positions[3 * other + 2] === z) {
        ids[c] = ids[other] ?? 0;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
  }
  return { ids, count };
}

/** Random seed: a file cannot be crafted so that all vertices have the same hash. */
const SEED = Math.floor(Math.random() * 2 ** 32);

/** Mixes three 32-bit words (constants of xxHash and of Mueller's integer hash). */
function hash(a: number, b: number, c: number): number {
  let mixed = SEED ^ Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
