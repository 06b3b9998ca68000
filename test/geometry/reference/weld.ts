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

/**
 * Numbers the positions of the corners of an indexed mesh. A vertex is welded to those with equal coordinates if its fan is open: if an
 * edge between it and another vertex has no opposite. A vertex with a closed fan has a position of its own.
 */
export function weldOpenFans({
  positions,
  indices,
}: {
  positions: Float32Array;
  indices: Uint32Array;
}): Weld {
  const { ids } = weld(positions);
  /** For each vertex, the edges to each neighbour minus those from it. */
  const balances = new Map<number, Map<number, number>>();
  const change = (vertex: number, neighbour: number, by: number): void => {
    const balance = balances.get(vertex) ?? new Map<number, number>();
    balances.set(vertex, balance.set(neighbour, (balance.get(neighbour) ?? 0) + by));
  };
  for (const [corner, from] of indices.entries()) {
    const to = indices[corner % 3 === 2 ? corner - 2 : corner + 1] ?? 0;
    change(from, to, 1);
    change(to, from, -1);
  }
  const numbers = new Map<string, number>();
  const corners = Uint32Array.from(indices, (vertex) => {
    const isOpen = balances
      .get(vertex)
      ?.values()
      .some((balance) => balance !== 0);
    const position = isOpen ? `open ${ids[vertex]}` : `closed ${vertex}`;
    const number = numbers.get(position) ?? numbers.size;
    numbers.set(position, number);
    return number;
  });
  return { ids: corners, count: numbers.size };
}
