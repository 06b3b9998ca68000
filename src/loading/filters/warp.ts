import type { Vertices } from "../../formats/data-kinds.ts";
import { DataError, quote } from "../../formats/load-error.ts";
import { vectorArray } from "./vectors.ts";

/**
 * Moves vertices by vectors, such as displacements. Vertices without a finite vector stay. Normals are omitted, because they change.
 *
 * @param done positions that are moved already: several surfaces can share them
 * @throws DataError if there are no such vectors
 */
export function warp<Part extends Vertices & { normals?: Float32Array | undefined }>(
  part: Part,
  name: string,
  factor: number,
  done: Map<Float32Array, Float32Array>,
): Part {
  const { positions } = part;
  const known = done.get(positions);
  if (known !== undefined) return { ...part, positions: known, normals: undefined };
  const { values } = vectorArray(part.arrays ?? [], name);
  if (values.length < positions.length) {
    throw new DataError(
      `the array ${quote(name)} has ${values.length / 3} vectors for ${positions.length / 3} points`,
    );
  }
  const moved = new Float32Array(positions.length);
  for (let i = 0; i < positions.length; i += 3) {
    const [x = 0, y = 0, z = 0] = [values[i], values[i + 1], values[i + 2]];
    const hasVector = Number.isFinite(x + y + z);
    moved[i] = (positions[i] ?? 0) + (hasVector ? factor * x : 0);
    moved[i + 1] = (positions[i + 1] ?? 0) + (hasVector ? factor * y : 0);
    moved[i + 2] = (positions[i + 2] ?? 0) + (hasVector ? factor * z : 0);
  }
  done.set(positions, moved);
  return { ...part, positions: moved, normals: undefined };
}
