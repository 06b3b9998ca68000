import { hemisphereOf } from "../brain-structure.ts";
import type { Label, Overlay, Volume } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { MAX_TABLE_BYTES, readColorTable } from "../freesurfer/color-table.ts";
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
  await source.fillTo(MAX_TABLE_BYTES);
  const footer = source.window;
  const frameSeconds = voxels.frames > 1 ? readFrameSeconds(footer) : undefined;
  const labels = occurring(readLabels(footer, warnings), voxels.values);
  await source.finish();
  if (hasSurfaceValues(header)) return surfaceValues(path, voxels, labels, warnings);
  return rasVolume({
    ...voxels,
    ...(labels.length > 0 && { labels }),
    affine: mghAffine(header, warnings),
    frameSeconds,
    warnings,
  });
}

/** Reads the repetition time, ms, which follows the voxels in most files. */
function readFrameSeconds({ buffer, byteOffset, byteLength }: Uint8Array): number | undefined {
  const seconds = byteLength < 4 ? 0 : new DataView(buffer, byteOffset).getFloat32(0) / 1000;
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/** Size of the acquisition parameters before the tags, bytes: repetition time, flip angle, echo time, inversion time, field of view. */
const PARAMETER_BYTES = 20;

/** Tags of FreeSurfer's files with special lengths. */
const TAGS = { colorTable: 1, useRealRas: 2, surfaceGeometry: 20, oldTransform: 30 } as const;

/** Limit of the values of labels: those of FreeSurfer are below 15,000. */
const MAX_LABEL = 2 ** 24;

/** Reads the color table of a segmentation, which follows the voxels as one of the tags. Its background is transparent. */
function readLabels(footer: Uint8Array, warnings: string[]): Label[] {
  const view = new DataView(footer.buffer, footer.byteOffset, footer.byteLength);
  for (let offset = PARAMETER_BYTES; offset + 4 <= footer.byteLength; ) {
    const tag = view.getInt32(offset);
    offset += 4;
    if (tag === TAGS.colorTable) {
      return readColorTable(footer.subarray(offset), warnings).map(
        ({ value, name, color: [r, g, b, a] }) => ({
          ...{ value, name, color: [r, g, b, value === 0 ? 0 : a] },
        }),
      );
    }
    // Text lines without a length, and the end.
    if (tag === TAGS.surfaceGeometry || tag === 0) break;
    const [head, length] = tagLength(view, offset, tag);
    if (!(length >= 0)) break;
    offset += head + length;
  }
  return [];
}

/** Returns the labels that occur: FreeSurfer saves its whole table, with 1,436 of them. */
function occurring(labels: readonly Label[], values: Voxels["values"]): Label[] {
  const numbers = labels.map(({ value }) => value).filter((value) => value >= 0 && value < MAX_LABEL);
  const flags = new Uint8Array(numbers.reduce((most, value) => Math.max(most, value + 1), 0));
  for (let i = 0; i < values.length && flags.length > 0; i += 1) flags[values[i] ?? 0] = 1;
  return labels.filter(({ value }) => flags[value] === 1);
}

/** @returns size of the length of a tag, and of the tag after it, bytes; the latter is NaN at the end of the file */
function tagLength(view: DataView, offset: number, tag: number): readonly [head: number, length: number] {
  if (tag === TAGS.useRealRas) return [0, 4];
  const head = tag === TAGS.oldTransform ? 4 : 8;
  if (offset + head > view.byteLength) return [head, Number.NaN];
  return [head, head === 4 ? view.getInt32(offset) - 1 : Number(view.getBigInt64(offset))];
}

function surfaceValues(
  path: string,
  { values, frames, dims }: Voxels,
  labels: readonly Label[],
  warnings: string[],
): Overlay {
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
      ...(labels.length > 0 && { labels }),
      values: values.subarray(frame * vertices, (frame + 1) * vertices),
    })),
    warnings,
  };
}
