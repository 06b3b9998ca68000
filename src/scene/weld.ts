import type { BufferAttribute, InterleavedBufferAttribute } from "three";

export interface Weld {
  /** For each corner the number of its place, from 0. */
  readonly ids: Int32Array;
  /** How many places there are. */
  readonly count: number;
}

/** Numbers the places of vertices: those at the same coordinates, which must be finite, get the same number. */
export function weld(position: BufferAttribute | InterleavedBufferAttribute): Weld {
  const corners = position.count;
  const ids = new Int32Array(corners);
  const size = 2 ** Math.ceil(Math.log2(Math.max(16, corners * 2)));
  const table = new Int32Array(size).fill(-1);
  const float = new Float32Array(3);
  const bits = new Int32Array(float.buffer);
  let count = 0;
  for (let c = 0; c < corners; c += 1) {
    // Adding 0 turns -0 into 0.
    float[0] = position.getX(c) + 0;
    float[1] = position.getY(c) + 0;
    float[2] = position.getZ(c) + 0;
    let slot = hash(bits[0] ?? 0, bits[1] ?? 0, bits[2] ?? 0) & (size - 1);
    for (;;) {
      const other = table[slot] ?? -1;
      if (other === -1) {
        table[slot] = c;
        ids[c] = count;
        count += 1;
        break;
      }
      if (
        position.getX(other) === float[0] &&
        position.getY(other) === float[1] &&
        position.getZ(other) === float[2]
      ) {
        ids[c] = ids[other] ?? 0;
        break;
      }
      slot = (slot + 1) & (size - 1);
    }
  }
  return { ids, count };
}

/** Mixes three 32-bit words (constants of xxHash and of Mueller's integer hash). */
export function hash(a: number, b: number, c: number): number {
  let mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x2c1b3c6d);
  return mixed ^ (mixed >>> 13);
}
