import type { Volume } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { readVoxels } from "../volume/read-voxels.ts";
import { restOf } from "../volume/voxel-source.ts";
import { npyHeaderBytes, parseNpyHeader } from "./npy-header.ts";

const MAX_HEADER_BYTES = 2 ** 16;

/**
 * Reads an array of NumPy as a volume, whose world coordinates are its indices.
 *
 * @throws DataError
 */
export async function readNpy({ source }: ReadContext): Promise<Volume> {
  const warnings: string[] = [];
  await source.fillTo(12);
  const bytes = npyHeaderBytes(source.window) ?? 0;
  if (bytes > MAX_HEADER_BYTES)
    throw new DataError(`its header has ${bytes} bytes, more than ${MAX_HEADER_BYTES}`);
  await source.fillTo(bytes);
  const { start, ...layout } = parseNpyHeader(source.window);
  source.consume(start);
  return {
    kind: "volume",
    space: "unknown",
    origin: [0, 0, 0],
    ...(await readVoxels(restOf(source), layout, warnings)),
    slope: 1,
    intercept: 0,
    affine: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
    warnings,
  };
}
