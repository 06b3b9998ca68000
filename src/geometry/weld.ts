import type { BufferAttribute, InterleavedBufferAttribute } from "three";

export interface Weld {
  /** For each corner the number of its place, from 0. */
  readonly ids: Int32Array;
  /** How many places there are. */
  readonly count: number;
}

/** x, y, z of each vertex, one after the other: the attribute's own array where it is like that, else a copy. */
export function positionsOf(position: BufferAttribute | InterleavedBufferAttribute): Float32Array {
  const plain = "isBufferAttribute" in position && position.itemSize === 3 && !position.normalized;
  if (plain && position.array instanceof Float32Array) return position.array;
  const places = new Float32Array(position.count * 3);
  for (let i = 0; i < position.count; i += 1) {
    places.set([position.getX(i), position.getY(i), position.getZ(i)], 3 * i);
  }
  return places;
}

/**
 * Numbers the places of vertices: those at the same coordinates get the same number.
 *
 * @param places x, y, z of each vertex; all finite
 */
export function weld(places: Float32Array): Weld {
  const corners = places.length / 3;
  const ids = new Int32Array(corners);
  const size = 2 ** Math.ceil(Math.log2(Math.max(16, corners * 2)));
  const table = new Int32Array(size).fill(-1);
  const float = new Float32Array(3);
  const bits = new Int32Array(float.buffer);
  let count = 0;
  for (let c = 0; c < corners; c += 1) {
    const x = places[3 * c] ?? 0;
    const y = places[3 * c + 1] ?? 0;
    const z = places[3 * c + 2] ?? 0;
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
      if (places[3 * other] === x && places[3 * other + 1] === y && places[3 * other + 2] === z) {
        ids[c] = ids[other] ?? 0;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
  }
  return { ids, count };
}

/** Different in each process, so that nobody can make a file whose vertices all fall on one slot. */
const SEED = Math.floor(Math.random() * 2 ** 32);

/** Mixes three 32-bit words (constants of xxHash and of Mueller's integer hash). */
function hash(a: number, b: number, c: number): number {
  let mixed = SEED ^ Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
