import type { BufferAttribute, BufferGeometry } from "three";

/** Number of consecutive triangles in a block: they are close to each other in most files. */
const BLOCK_TRIANGLES = 256;

/** Minimum number of triangles of a geometry with blocks. */
const MIN_TRIANGLES = 4096;

/** Boxes of the blocks of a geometry: minimum and maximum of x, y and z of each. */
interface Boxes {
  /** Versions of its arrays, and its draw range. */
  readonly key: string;
  readonly values: Float32Array;
}

const known = new WeakMap<BufferGeometry, Boxes>();

/** A range of the corners of triangles. */
export interface CornerRange {
  readonly start: number;
  readonly end: number;
}

/**
 * Returns the parts of a range of triangles that a ray can meet. The boxes are made for the first ray, as fast as the triangles are searched, and
 * need 24 bytes for 256 triangles; a later search of 65,536 triangles takes 50 µs instead of 2 ms.
 *
 * @param meets whether the ray meets a box, given as its minimum and maximum from an index on
 */
export function* blocksOnRay(
  geometry: BufferGeometry,
  {
    positions,
    indices,
  }: { readonly positions: Float32Array; readonly indices: ArrayLike<number> | undefined },
  range: CornerRange,
  meets: (boxes: Float32Array, at: number) => boolean,
): Generator<CornerRange> {
  if (range.end - range.start < 3 * MIN_TRIANGLES) {
    yield range;
    return;
  }
  const { attributes, index } = geometry;
  const { version } = attributes.position as BufferAttribute;
  const key = [version, index?.version, range.start, range.end].join();
  let boxes = known.get(geometry);
  if (boxes?.key !== key) {
    boxes = { key, values: boxesOf(positions, indices, range) };
    known.set(geometry, boxes);
  }
  for (let block = 0; 6 * block < boxes.values.length; block += 1) {
    if (!meets(boxes.values, 6 * block)) continue;
    const start = range.start + 3 * BLOCK_TRIANGLES * block;
    yield { start, end: Math.min(range.end, start + 3 * BLOCK_TRIANGLES) };
  }
}

function boxesOf(
  positions: Float32Array,
  indices: ArrayLike<number> | undefined,
  { start, end }: CornerRange,
): Float32Array {
  const size = 3 * BLOCK_TRIANGLES;
  const boxes = new Float32Array(6 * Math.ceil((end - start) / size));
  for (let block = 0, from = start; from < end; block += 1, from += size) {
    const to = Math.min(end, from + size);
    const at = 6 * block;
    boxes.fill(Number.POSITIVE_INFINITY, at, at + 3);
    boxes.fill(Number.NEGATIVE_INFINITY, at + 3, at + 6);
    for (let corner = from; corner < to; corner += 1) {
      const vertex = 3 * (indices === undefined ? corner : (indices[corner] ?? 0));
      for (let axis = 0; axis < 3; axis += 1) {
        const value = positions[vertex + axis] ?? 0;
        if (value < (boxes[at + axis] ?? 0)) boxes[at + axis] = value;
        if (value > (boxes[at + 3 + axis] ?? 0)) boxes[at + 3 + axis] = value;
      }
    }
  }
  return boxes;
}
