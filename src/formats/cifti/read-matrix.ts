import type { FileSource } from "../file-source.ts";
import { DataError } from "../load-error.ts";
import { valuesOf } from "../volume/typed-values.ts";
import { VOXEL_BYTES, type VoxelType } from "../volume/voxel-type.ts";
import type { SurfaceRows } from "./cifti-document.ts";

const BLOCK_BYTES = 2 ** 20;

export interface MatrixLayout {
  readonly type: VoxelType;
  readonly littleEndian: boolean;
  /** Number of values of a row. */
  readonly columns: number;
  readonly slope: number;
  readonly intercept: number;
}

/**
 * Reads the matrix in blocks of rows, without those that no surface uses.
 *
 * @param shown the columns to read; default: all
 * @returns for each surface, an array for each column, with NaN for vertices without a value
 * @throws DataError if nothing is complete
 */
export async function readMatrix(
  source: FileSource,
  { type, littleEndian, columns, slope, intercept }: MatrixLayout,
  surfaces: readonly SurfaceRows[],
  shown: readonly number[] | undefined,
  warnings: string[],
): Promise<Float32Array[][]> {
  const selected = shown ?? Array.from({ length: columns }, (_, i) => i);
  const values = surfaces.map(({ vertexCount }) =>
    selected.map(() => new Float32Array(vertexCount).fill(Number.NaN)),
  );
  const cursors = surfaces.map(() => 0);
  const rowBytes = columns * VOXEL_BYTES[type];
  const block = new Uint8Array(rowBytes * Math.max(1, Math.floor(BLOCK_BYTES / rowBytes)));
  const nextRow = (): number =>
    Math.min(...surfaces.map(({ rows }, s) => rows[cursors[s] ?? 0] ?? Number.POSITIVE_INFINITY));
  let [row, complete] = [0, 0];
  for (let first = nextRow(); Number.isFinite(first); first = nextRow()) {
    await source.skip((first - row) * rowBytes);
    const read = Math.floor((await source.readInto(block)) / rowBytes);
    row = first + read;
    if (read === 0) break;
    const numbers = await valuesOf(block.subarray(0, read * rowBytes), type, littleEndian);
    for (const [s, { rows, vertices }] of surfaces.entries()) {
      let cursor = cursors[s] ?? 0;
      for (; cursor < rows.length && (rows[cursor] ?? 0) < row; cursor += 1) {
        const start = ((rows[cursor] ?? 0) - first) * columns;
        const vertex = vertices[cursor] ?? 0;
        for (const [map, column] of selected.entries()) {
          const array = values[s]?.[map];
          if (array !== undefined)
            array[vertex] = slope * (numbers[start + column] ?? Number.NaN) + intercept;
        }
      }
      complete += cursor - (cursors[s] ?? 0);
      cursors[s] = cursor;
    }
  }
  const declared = surfaces.reduce((sum, { rows }) => sum + rows.length, 0);
  if (complete === 0 && declared > 0) throw new DataError("it is cut off before its first value");
  if (complete < declared) {
    warnings.push(`the file is cut off: ${complete} of ${declared} vertices have values`);
  }
  return values;
}
