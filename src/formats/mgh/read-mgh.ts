import { hemisphereOf } from "../brain-structure.ts";
import type { Overlay, Volume } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { overlayName } from "../overlay-name.ts";
import { rasVolume } from "../volume/ras-volume.ts";
import { readVoxels, type Voxels } from "../volume/read-voxels.ts";
import { restOf } from "../volume/voxel-source.ts";
import {
  hasSurfaceValues,
  MGH_HEADER_BYTES,
  mghAffine,
  mghAxes,
  mghType,
  parseMghHeader,
} from "./mgh-header.ts";

/**
 * Reads a volume of FreeSurfer, or the values of a surface, which are saved as a volume with one row.
 *
 * @throws DataError
 */
export async function readMgh({ path, source }: ReadContext): Promise<Volume | Overlay> {
  const warnings: string[] = [];
  await source.fillTo(MGH_HEADER_BYTES);
  const header = parseMghHeader(source.window);
  source.consume(MGH_HEADER_BYTES);
  const layout = { type: mghType(header), littleEndian: false, axes: mghAxes(header) };
  const voxels = await readVoxels(restOf(source), layout, warnings);
  const frameSeconds = voxels.frames > 1 ? await readFrameSeconds(source) : undefined;
  await source.finish();
  if (hasSurfaceValues(header)) return surfaceValues(path, voxels, warnings);
  return rasVolume({
    ...voxels,
    affine: mghAffine(header, warnings),
    frameSeconds,
    warnings,
  });
}

/** Reads the repetition time, ms, which follows the voxels in most files. */
async function readFrameSeconds(source: FileSource): Promise<number | undefined> {
  await source.fillTo(4);
  const { buffer, byteOffset, byteLength } = source.window;
  const seconds = byteLength < 4 ? 0 : new DataView(buffer, byteOffset).getFloat32(0) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

function surfaceValues(path: string, { values, frames, dims }: Voxels, warnings: string[]): Overlay {
  const [vertices] = dims;
  const name = overlayName(path);
  return {
    kind: "overlay",
    of: "points",
    origin: [0, 0, 0],
    arrays: Array.from({ length: frames }, (_, frame) => ({
      name: frames === 1 ? name : `${name} ${frame + 1}`,
      structure: hemisphereOf(name),
      components: 1,
      values: values.subarray(frame * vertices, (frame + 1) * vertices),
    })),
    warnings,
  };
}
