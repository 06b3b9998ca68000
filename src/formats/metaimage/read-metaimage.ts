import type { Volume } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { decimalType, readDecimals } from "../volume/decimal-values.ts";
import { FileList, patternNames } from "../volume/file-list.ts";
import { inflated } from "../volume/inflated-source.ts";
import { rasVolume } from "../volume/ras-volume.ts";
import { readVoxels, type VoxelLayout, type Voxels } from "../volume/read-voxels.ts";
import { bytesSource } from "../volume/typed-values.ts";
import { restOf, type VoxelSource } from "../volume/voxel-source.ts";
import { type MetaImageHeader, parseMetaImageHeader } from "./metaimage-header.ts";

const MAX_HEADER_BYTES = 2 ** 20;

/**
 * Reads a MetaImage volume: one file (.mha), or a header and files with the voxels (.mhd).
 *
 * Source: https://itk.org/Wiki/ITK/MetaIO/Documentation
 *
 * @throws LoadError
 * @throws DataError
 */
export async function readMetaImage(context: ReadContext): Promise<Volume> {
  const warnings: string[] = [];
  const header = parseMetaImageHeader(await readHeaderText(context.source), warnings);
  const voxels = await readDataFiles(context, header, warnings);
  const { timeSpacing = 0 } = header;
  return rasVolume({
    ...voxels,
    affine: header.affine,
    frameSeconds: voxels.frames > 1 && timeSpacing > 0 ? timeSpacing : undefined,
    warnings,
  });
}

/** Reads the lines up to ElementDataFile. The source is then at the voxels, or at the list of files. */
async function readHeaderText(source: FileSource): Promise<string> {
  for (;;) {
    const text = new TextDecoder("latin1").decode(source.window.subarray(0, MAX_HEADER_BYTES));
    const [header] = /^[\s\S]*?^\s*ElementDataFile\s*=.*(?:\n|$(?![\s\S]))/m.exec(text) ?? [];
    if (header?.endsWith("\n") === true || (header !== undefined && source.isAtEnd)) {
      source.consume(header.length);
      return header;
    }
    if (source.isAtEnd || text.length === MAX_HEADER_BYTES) return text;
    await source.fill();
  }
}

async function readDataFiles(
  { source, files }: ReadContext,
  header: MetaImageHeader,
  warnings: string[],
): Promise<Voxels> {
  const { type, littleEndian, axes, isText, dataFile } = header;
  const layout: VoxelLayout = isText
    ? { type: decimalType(type), littleEndian: true, axes }
    : { type, littleEndian, axes };
  if (/^local$/i.test(dataFile)) {
    const bytes = await decoded(source, header, 1, 0);
    const voxels = await readVoxels(bytes, layout, warnings);
    await bytes.finish?.();
    return voxels;
  }
  const names = await dataFileNames(source, dataFile);
  const { headerSize } = header;
  await using list = new FileList(files, names, (file) => decoded(file, header, names.length, headerSize));
  return await readVoxels(await list.open(), layout, warnings);
}

async function dataFileNames(source: FileSource, dataFile: string): Promise<string[]> {
  if (/^list\b/i.test(dataFile)) {
    await source.fillTo(MAX_HEADER_BYTES);
    const lines = new TextDecoder().decode(source.window.subarray(0, MAX_HEADER_BYTES)).split(/\r?\n/);
    return lines.map((line) => line.trim()).filter((line) => line !== "");
  }
  const [, pattern, numbers] = /^(.*%\d*d\S*)\s+([-\d\s]+)$/.exec(dataFile) ?? [];
  return pattern === undefined ? [dataFile] : patternNames(pattern, (numbers ?? "").split(/\s+/).map(Number));
}

/**
 * The bytes of the voxels in a file.
 *
 * @param files number of files that the voxels are in
 * @param headerSize bytes before them; -1: they are the last bytes
 */
async function decoded(
  source: FileSource,
  { type, count, bytes, isText, isCompressed }: MetaImageHeader,
  files: number,
  headerSize: number,
): Promise<VoxelSource> {
  if (isText) {
    const values = await readDecimals(source, type, count / files);
    return bytesSource(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  if (isCompressed) return inflated(source);
  const skip = headerSize === -1 ? source.maxBytes - source.offset - bytes / files : headerSize;
  if (skip > 0 && (await source.skip(skip)) < skip)
    throw new DataError(`it has less than ${skip} bytes (HeaderSize)`);
  return restOf(source);
}
