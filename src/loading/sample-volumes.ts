import { basename } from "node:path";
import type { FileData, Streamlines, Volume } from "../formats/data-kinds.ts";
import { LoadError } from "../formats/load-error.ts";
import { worldToVoxel } from "../formats/volume/affine.ts";
import type { StreamlinesStyle } from "../layers/layer-properties.ts";
import { type Grid, linesInMask, sampleAlongLines } from "../native/line-sample.ts";

/** Streamlines, and which of them a mask selects. */
export interface MaskedStreamlines extends Streamlines {
  /** 1 for each streamline in the mask, otherwise 0; undefined without a mask. */
  readonly inMask?: Uint8Array | undefined;
}

/**
 * Reads the volumes that a style names: values at the points become an array with the name of the file, and a mask selects streamlines.
 *
 * @param read reads a file
 * @throws LoadError, also for a file that is not a volume
 */
export async function withVolumes(
  data: Streamlines,
  { sample, mask, maskEnds = false }: StreamlinesStyle,
  read: (path: string) => Promise<FileData>,
): Promise<MaskedStreamlines> {
  let { pointArrays } = data;
  if (sample !== undefined) {
    const values = sampleAlongLines(data, gridOf(data, await readVolume(sample, read)));
    pointArrays = [...pointArrays, { name: basename(sample), components: 1, values }];
  }
  if (mask === undefined) return { ...data, pointArrays };
  const inMask = linesInMask(data, gridOf(data, await readVolume(mask, read)), maskEnds);
  return { ...data, pointArrays, inMask };
}

async function readVolume(path: string, read: (path: string) => Promise<FileData>): Promise<Volume> {
  const data = await read(path);
  if (data.kind === "volume") return data;
  throw new LoadError(path, "it is not a volume, which is needed to sample or select streamlines");
}

/** The first time step of a volume, in the coordinates of the streamlines. */
function gridOf({ origin }: Streamlines, volume: Volume): Grid {
  const { values, components, dims, slope, intercept, affine } = volume;
  const [x, y, z] = origin;
  const inverse = worldToVoxel(affine);
  // Positions are relative to the origin.
  const toVoxel = [0, 4, 8].flatMap((row) => {
    const [a = 0, b = 0, c = 0, d = 0] = inverse.slice(row, row + 4);
    return [a, b, c, a * x + b * y + c * z + d];
  });
  const component = components === 1 ? 0 : "magnitude";
  return { values: { values, components, component }, dims, toVoxel, slope, intercept };
}
