import type { Volume } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { DataError, formatBytes, LoadError } from "../load-error.ts";
import { rasVolume } from "../volume/ras-volume.ts";
import { readVoxels } from "../volume/read-voxels.ts";
import { restOf } from "../volume/voxel-source.ts";
import { niftiAffine, niftiFrameSeconds } from "./nifti-affine.ts";
import {
  detectNifti,
  NIFTI2_BYTES,
  type NiftiHeader,
  niftiAxes,
  niftiDatatype,
  parseNiftiHeader,
} from "./nifti-header.ts";

/** Bytes after the header that say whether there are extensions. Voxels of a single file start after them. */
const EXTENSION_FLAG_BYTES = 4;

/**
 * Reads NIfTI-1, NIfTI-2 and ANALYZE 7.5: a single file, or either file of a pair (.hdr, .img).
 *
 * @throws LoadError
 * @throws DataError
 */
export async function readNifti(context: ReadContext): Promise<Volume> {
  const { source, path } = context;
  await source.fillTo(NIFTI2_BYTES);
  if (detectNifti(source.window) === undefined && /\.img(\.gz)?$/i.test(path)) {
    await using header = await openPartner(context, "hdr");
    await header.fillTo(NIFTI2_BYTES);
    return await readVolume(parseNiftiHeader(header.window), source);
  }
  const header = parseNiftiHeader(source.window);
  if (!header.isPair) return readVolume(header, source);
  if (/\.nii(\.gz)?$/i.test(path)) {
    throw new DataError("its magic number is not that of a single file; give the .hdr file of the pair");
  }
  await using voxels = await openPartner(context, "img");
  return await readVolume(header, voxels);
}

/** Opens the other file of a pair, which can be compressed. */
async function openPartner({ path, files }: ReadContext, extension: "hdr" | "img"): Promise<FileSource> {
  const [, stem = path] = /([^/\\]*?)\.(?:hdr|img)(?:\.gz)?$/i.exec(path) ?? [];
  const names = [`${stem}.${extension}`, `${stem}.${extension}.gz`];
  const name = names.find((candidate) => files.exists(candidate));
  if (name !== undefined) return files.open(name);
  const content = extension === "hdr" ? "the header" : "the voxels";
  throw new LoadError(path, `${content} should be in ${names[0]} beside it, which does not exist`, {
    format: "NIfTI",
  });
}

async function readVolume(header: NiftiHeader, source: FileSource): Promise<Volume> {
  const warnings: string[] = [];
  const { type, components } = niftiDatatype(header);
  const { littleEndian } = header;
  await skipTo(voxelStart(header, warnings), source);
  const axes = niftiAxes(header);
  const voxels = await readVoxels(restOf(source), { type, littleEndian, axes }, warnings);
  await source.finish();
  const { calMin, calMax } = header;
  const isScaled = components === 1 && Number.isFinite(header.slope) && header.slope !== 0;
  return rasVolume({
    ...voxels,
    slope: isScaled ? header.slope : 1,
    intercept: isScaled && Number.isFinite(header.intercept) ? header.intercept : 0,
    affine: niftiAffine(header, warnings),
    frameSeconds: voxels.frames > 1 ? niftiFrameSeconds(header) : undefined,
    displayRange: calMax > calMin ? [calMin, calMax] : undefined,
    warnings,
  });
}

/** Offset of the first voxel. */
function voxelStart({ voxOffset, isPair, headerBytes }: NiftiHeader, warnings: string[]): number {
  const first = isPair ? 0 : headerBytes + EXTENSION_FLAG_BYTES;
  const offset = Math.floor(voxOffset);
  if (offset >= first) return offset;
  // Right after the header, without the flag of extensions, is not allowed, but possible.
  if (!isPair && offset === headerBytes) return offset;
  const stated = Number.isNaN(voxOffset) ? "not a number" : `${voxOffset}, inside of the header`;
  warnings.push(`its vox_offset is ${stated}: the voxels are read from byte ${first}`);
  return first;
}

async function skipTo(offset: number, source: FileSource): Promise<void> {
  const bytes = offset - source.offset;
  // Counts beyond 2^53 are not exact, but beyond any file.
  if (bytes <= source.maxBytes && (await source.skip(bytes)) === bytes) return;
  throw new DataError(
    `its voxels start at byte ${Number.isFinite(offset) ? offset : "infinity"} (vox_offset), but it has only ${formatBytes(source.offset)}`,
  );
}
