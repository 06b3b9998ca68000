import type { Weld } from "../../../src/native/mesh-kernels.ts";

/** Numbers the distinct positions of vertices, in the order of first occurrence. */
export function weld(positions: Float32Array): Weld {
  const bits = new Uint32Array(positions.buffer, positions.byteOffset, positions.length);
  // -0 equals 0; NaN equals NaN.
  const key = (at: number): number => (positions[at] === 0 ? 0 : (bits[at] ?? 0));
  const numbers = new Map<string, number>();
  const ids = Uint32Array.from({ length: positions.length / 3 }, (_, vertex) => {
    const position = `${key(3 * vertex)} ${key(3 * vertex + 1)} ${key(3 * vertex + 2)}`;
    const number = numbers.get(position) ?? numbers.size;
    numbers.set(position, number);
    return number;
  });
  return { ids, count: numbers.size };
}
