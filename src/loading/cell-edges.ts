import type { Surface } from "../formats/data-kinds.ts";

/** Maximum number of edges of a vertex that are sorted by insertion. */
const MAX_INSERTIONS = 32;

/**
 * Finds the edges of a surface's cells, each once, in linear time: those between two triangles of the same cell are left out.
 *
 * @returns two vertices per edge
 */
export function cellEdges(surface: Pick<Surface, "positions" | "indices" | "cells">): Uint32Array {
  const { positions, indices, cells } = surface;
  const vertices = positions.length / 3;
  const triangles = Math.floor((indices?.length ?? vertices) / 3);
  const { starts, uppers, owners } = edgesByVertex(indices, vertices, triangles, cells);
  const edges = new Uint32Array(2 * uppers.length);
  let found = 0;
  for (let vertex = 0; vertex < vertices; vertex += 1) {
    const [first = 0, last = 0] = [starts[vertex], starts[vertex + 1]];
    sortRange(uppers, owners, first, last);
    for (let i = first; i < last; ) {
      const upper = uppers[i] ?? 0;
      const start = i;
      let isInCell = true;
      for (i += 1; i < last && uppers[i] === upper; i += 1) isInCell &&= owners[i] === owners[start];
      if (upper === vertex || (i - start > 1 && isInCell)) continue;
      edges[found] = vertex;
      edges[found + 1] = upper;
      found += 2;
    }
  }
  return edges.slice(0, found);
}

/** The edges of all triangles, by their lower vertex: those of vertex i are from `starts[i]` to `starts[i + 1]`. */
interface EdgesByVertex {
  readonly starts: Uint32Array;
  /** The upper vertex of each edge. */
  readonly uppers: Uint32Array;
  /** The cell of each edge's triangle. */
  readonly owners: Uint32Array;
}

function edgesByVertex(
  indices: Uint32Array | undefined,
  vertices: number,
  triangles: number,
  cells: Uint32Array | undefined,
): EdgesByVertex {
  const starts = new Uint32Array(vertices + 1);
  const visit = (use: (lower: number, upper: number, triangle: number) => void): void => {
    for (let triangle = 0; triangle < triangles; triangle += 1) {
      let previous = indices?.[3 * triangle + 2] ?? 3 * triangle + 2;
      for (let corner = 3 * triangle; corner < 3 * triangle + 3; corner += 1) {
        const vertex = indices?.[corner] ?? corner;
        use(Math.min(previous, vertex), Math.max(previous, vertex), triangle);
        previous = vertex;
      }
    }
  };
  visit((lower) => {
    starts[lower + 1] = (starts[lower + 1] ?? 0) + 1;
  });
  for (let i = 0; i < vertices; i += 1) starts[i + 1] = (starts[i + 1] ?? 0) + (starts[i] ?? 0);
  const next = starts.slice();
  const uppers = new Uint32Array(3 * triangles);
  const owners = new Uint32Array(3 * triangles);
  visit((lower, upper, triangle) => {
    const at = next[lower] ?? 0;
    uppers[at] = upper;
    owners[at] = cells?.[triangle] ?? triangle;
    next[lower] = at + 1;
  });
  return { starts, uppers, owners };
}

/** Sorts a range of two parallel arrays by the first. */
function sortRange(keys: Uint32Array, values: Uint32Array, first: number, last: number): void {
  if (last - first > MAX_INSERTIONS) {
    const order = Array.from({ length: last - first }, (_, i) => first + i);
    order.sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
    keys.set(
      Uint32Array.from(order, (i) => keys[i] ?? 0),
      first,
    );
    values.set(
      Uint32Array.from(order, (i) => values[i] ?? 0),
      first,
    );
    return;
  }
  for (let i = first + 1; i < last; i += 1) {
    const [key = 0, value = 0] = [keys[i], values[i]];
    let at = i;
    for (; at > first && (keys[at - 1] ?? 0) > key; at -= 1) {
      keys[at] = keys[at - 1] ?? 0;
      values[at] = values[at - 1] ?? 0;
    }
    keys[at] = key;
    values[at] = value;
  }
}
