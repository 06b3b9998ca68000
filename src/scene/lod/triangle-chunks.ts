import type { Box3 } from "three";
import { yieldToEventLoop } from "./yield-to-event-loop.ts";

export interface Triangles {
  /** x, y, z of each vertex. */
  readonly positions: Float32Array;
  /** Around all vertices. */
  readonly box: Box3;
  /** The vertex of a corner; three corners after another are a triangle. */
  vertexOf(corner: number): number;
}

/** Corners in a row, as in BufferGeometry.groups. */
export interface CornerRange {
  readonly start: number;
  readonly count: number;
}

/** Cells of the grid along each axis. */
const CELLS = 64;

/** Each number below CELLS with its bits three apart. */
const SPREAD = Uint32Array.from({ length: CELLS }, (_, number) => {
  let spread = 0;
  for (let bit = 0; 1 << bit < CELLS; bit += 1) spread |= ((number >> bit) & 1) << (3 * bit);
  return spread;
});

/** So many triangles are put in order within a few milliseconds. */
const TRIANGLES_AT_ONCE = 2 ** 16;

/**
 * Divides triangles into chunks of nearly the same number, each of triangles that are near each other: in the order
 * of a Z-curve through a grid.
 *
 * @param most triangles of a chunk
 * @returns the chunks: for each triangle the number of its first corner
 * @throws the signal's reason
 */
export async function triangleChunks(
  triangles: Triangles,
  { start, count }: CornerRange,
  most: number,
  signal: AbortSignal,
): Promise<Uint32Array[]> {
  const total = Math.floor(count / 3);
  if (total <= most) return [Uint32Array.from({ length: total }, (_, t) => start + 3 * t)];
  const cellOf = cellFinder(triangles);
  const cells = new Uint32Array(total);
  const first = new Uint32Array(CELLS ** 3 + 1);
  for (let t = 0; t < total; t += 1) {
    if (t % TRIANGLES_AT_ONCE === 0) await yieldToEventLoop(signal);
    const cell = cellOf(start + 3 * t);
    cells[t] = cell;
    first[cell + 1] = (first[cell + 1] ?? 0) + 1;
  }
  for (let cell = 0; cell < CELLS ** 3; cell += 1) {
    first[cell + 1] = (first[cell + 1] ?? 0) + (first[cell] ?? 0);
  }
  const sorted = new Uint32Array(total);
  for (let t = 0; t < total; t += 1) {
    if (t % TRIANGLES_AT_ONCE === 0) await yieldToEventLoop(signal);
    const cell = cells[t] ?? 0;
    const slot = first[cell] ?? 0;
    sorted[slot] = start + 3 * t;
    first[cell] = slot + 1;
  }
  const chunks = Math.ceil(total / most);
  return Array.from({ length: chunks }, (_, i) =>
    sorted.subarray(Math.floor((i * total) / chunks), Math.floor(((i + 1) * total) / chunks)),
  );
}

/** Gives the cell in which the middle of a triangle is, by its first corner. */
function cellFinder({ positions: places, box, vertexOf }: Triangles): (corner: number) => number {
  const { min, max } = box;
  const extent = Math.max(max.x - min.x, max.y - min.y, max.z - min.z) || 1;
  const cellsPerUnit = CELLS / extent;
  return (corner) => {
    const a = 3 * vertexOf(corner);
    const b = 3 * vertexOf(corner + 1);
    const c = 3 * vertexOf(corner + 2);
    const along = (axis: 0 | 1 | 2, least: number): number => {
      const middle = ((places[a + axis] ?? 0) + (places[b + axis] ?? 0) + (places[c + axis] ?? 0)) / 3;
      const cell = Math.floor((middle - least) * cellsPerUnit);
      return SPREAD[Math.min(CELLS - 1, Math.max(0, cell))] ?? 0;
    };
    return along(0, min.x) | (along(1, min.y) << 1) | (along(2, min.z) << 2);
  };
}
