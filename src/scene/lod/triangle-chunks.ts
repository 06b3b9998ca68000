import type { Box3 } from "three";
import { yieldToEventLoop } from "./yield-to-event-loop.ts";

export interface Triangles {
  /** x, y, z of each vertex. */
  readonly positions: Float32Array;
  /** Bounds of all vertices. */
  readonly box: Box3;
  /** Returns the vertex of a corner; three consecutive corners are a triangle. */
  vertexOf(corner: number): number;
}

/** Range of corners, as in BufferGeometry.groups. */
export interface CornerRange {
  readonly start: number;
  readonly count: number;
}

/** Number of grid cells along each axis. */
const CELLS = 64;

/** For each cell coordinate, its bits at every third position, from which Morton codes are combined. */
const MORTON_BITS = Uint32Array.from({ length: CELLS }, (_, number) => {
  let spread = 0;
  for (let bit = 0; 1 << bit < CELLS; bit += 1) spread |= ((number >> bit) & 1) << (3 * bit);
  return spread;
});

/** Number of triangles that are sorted between two yields to the event loop, a few milliseconds. */
const TRIANGLES_PER_SLICE = 2 ** 16;

/**
 * Divides triangles into compact chunks of nearly equal size, by sorting them along a Z-order curve (Morton codes of a grid).
 *
 * @param maxTriangles maximum number of triangles in a chunk
 * @returns for each chunk the first corner of each triangle
 * @throws the reason of the signal, once it is aborted
 */
export async function triangleChunks(
  triangles: Triangles,
  { start, count }: CornerRange,
  maxTriangles: number,
  signal: AbortSignal,
): Promise<Uint32Array[]> {
  const total = Math.floor(count / 3);
  if (total <= maxTriangles) return [Uint32Array.from({ length: total }, (_, t) => start + 3 * t)];
  const cellOf = cellFinder(triangles);
  const cells = new Uint32Array(total);
  const first = new Uint32Array(CELLS ** 3 + 1);
  for (let t = 0; t < total; t += 1) {
    if (t % TRIANGLES_PER_SLICE === 0) await yieldToEventLoop(signal);
    const cell = cellOf(start + 3 * t);
    cells[t] = cell;
    first[cell + 1] = (first[cell + 1] ?? 0) + 1;
  }
  for (let cell = 0; cell < CELLS ** 3; cell += 1) {
    first[cell + 1] = (first[cell + 1] ?? 0) + (first[cell] ?? 0);
  }
  const sorted = new Uint32Array(total);
  for (let t = 0; t < total; t += 1) {
    if (t % TRIANGLES_PER_SLICE === 0) await yieldToEventLoop(signal);
    const cell = cells[t] ?? 0;
    const slot = first[cell] ?? 0;
    sorted[slot] = start + 3 * t;
    first[cell] = slot + 1;
  }
  const chunks = Math.ceil(total / maxTriangles);
  return Array.from({ length: chunks }, (_, i) =>
    sorted.subarray(Math.floor((i * total) / chunks), Math.floor(((i + 1) * total) / chunks)),
  );
}

/** Returns a function that computes the grid cell of a triangle's centroid. */
function cellFinder({ positions, box, vertexOf }: Triangles): (corner: number) => number {
  const { min, max } = box;
  const extent = Math.max(max.x - min.x, max.y - min.y, max.z - min.z) || 1;
  const cellsPerUnit = CELLS / extent;
  return (corner) => {
    const a = 3 * vertexOf(corner);
    const b = 3 * vertexOf(corner + 1);
    const c = 3 * vertexOf(corner + 2);
    const spreadCell = (axis: 0 | 1 | 2, min: number): number => {
      const centroid =
        ((positions[a + axis] ?? 0) + (positions[b + axis] ?? 0) + (positions[c + axis] ?? 0)) / 3;
      const cell = Math.floor((centroid - min) * cellsPerUnit);
      return MORTON_BITS[Math.min(CELLS - 1, Math.max(0, cell))] ?? 0;
    };
    return spreadCell(0, min.x) | (spreadCell(1, min.y) << 1) | (spreadCell(2, min.z) << 2);
  };
}
