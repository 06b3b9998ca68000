import type { Volume } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { isGzip } from "../gzip.ts";
import { DataError, quote } from "../load-error.ts";
import { readDecimals } from "../volume/decimal-values.ts";
import { FileList, patternNames } from "../volume/file-list.ts";
import { inflated } from "../volume/inflated-source.ts";
import { readVoxels, type VoxelLayout } from "../volume/read-voxels.ts";
import { bytesSource } from "../volume/typed-values.ts";
import { restOf, type VoxelSource } from "../volume/voxel-source.ts";
import { VOXEL_BYTES } from "../volume/voxel-type.ts";
import { hexadecimal } from "./hexadecimal.ts";
import { nrrdGrid } from "./nrrd-axes.ts";
import { type NrrdHeader, parseNrrdHeader } from "./nrrd-header.ts";

const NEWLINE = 10;
const MAX_HEADER_BYTES = 2 ** 22;

/**
 * Reads an NRRD volume, with its voxels in the same file or in others.
 *
 * Source: https://teem.sourceforge.net/nrrd/format.html
 *
 * @throws LoadError
 * @throws DataError
 */
export async function readNrrd(context: ReadContext): Promise<Volume> {
  const warnings: string[] = [];
  const header = parseNrrdHeader(await readHeaderText(context.source));
  const { axes, affine, isAnatomical } = nrrdGrid(header, warnings);
  const littleEndian = header.fields.get("endian")?.toLowerCase() !== "big";
  const layout: VoxelLayout = { type: header.type, littleEndian, axes };
  const voxels = await readDataFiles(context, header, layout, warnings);
  const [unit] = /[^\s"]+/.exec(header.fields.get("spaceunits") ?? "") ?? [];
  return {
    kind: "volume",
    space: isAnatomical ? "ras" : "unknown",
    origin: [0, 0, 0],
    ...voxels,
    slope: 1,
    intercept: 0,
    affine,
    unit: unit ?? (isAnatomical ? "mm" : undefined),
    warnings,
  };
}

/** Reads the lines up to an empty one, or to the end of a detached header. */
async function readHeaderText(source: FileSource): Promise<string> {
  const decoder = new TextDecoder();
  for (let searched = 0; ; ) {
    const text = source.window.subarray(0, MAX_HEADER_BYTES);
    for (let end = text.indexOf(NEWLINE, searched); end >= 0; end = text.indexOf(NEWLINE, end + 1)) {
      const isEmpty = text[end + 1] === NEWLINE || (text[end + 1] === 13 && text[end + 2] === NEWLINE);
      if (!isEmpty) continue;
      const header = decoder.decode(text.subarray(0, end));
      source.consume(text[end + 1] === NEWLINE ? end + 2 : end + 3);
      return header;
    }
    if (source.isAtEnd) {
      const header = decoder.decode(text);
      source.consume(source.window.length);
      return header;
    }
    if (text.length === MAX_HEADER_BYTES) throw new DataError("its header is longer than 4 MB");
    searched = Math.max(0, text.length - 3);
    await source.fill();
  }
}

async function readDataFiles(
  { source, files }: ReadContext,
  header: NrrdHeader,
  layout: VoxelLayout,
  warnings: string[],
): ReturnType<typeof readVoxels> {
  const dataFile = header.fields.get("datafile");
  const names = dataFile === undefined ? undefined : dataFileNames(dataFile, header.listedFiles);
  const count = header.sizes.reduce((product, size) => product * size, 1);
  if (names === undefined) {
    const bytes = await decoded(source, header, count);
    const voxels = await readVoxels(bytes, decodedLayout(header, layout), warnings);
    await bytes.finish?.();
    return voxels;
  }
  await using list = new FileList(files, names, (file) => decoded(file, header, count / names.length));
  return await readVoxels(await list.open(), decodedLayout(header, layout), warnings);
}

function dataFileNames(dataFile: string, listed: readonly string[]): readonly string[] {
  if (/^LIST\b/i.test(dataFile)) return listed;
  const [, pattern, numbers] = /^(.*%\d*d\S*)\s+([-\d\s]+)$/.exec(dataFile) ?? [];
  return pattern === undefined ? [dataFile] : patternNames(pattern, (numbers ?? "").split(/\s+/).map(Number));
}

/** Numbers that were parsed from text have the byte order of this machine. */
function decodedLayout(header: NrrdHeader, layout: VoxelLayout): VoxelLayout {
  if (!isText(header)) return layout;
  const type = layout.type === "int64" || layout.type === "uint64" ? "float64" : layout.type;
  return { ...layout, type, littleEndian: true };
}

function isText({ fields }: NrrdHeader): boolean {
  return /^(?:txt|text|ascii)$/i.test(fields.get("encoding") ?? "");
}

/** The bytes of the voxels in a file. @param count of values in it */
async function decoded(source: FileSource, header: NrrdHeader, count: number): Promise<VoxelSource> {
  const { fields, type } = header;
  const skip = (name: string, least: number): number => {
    const value = Number(fields.get(name) ?? 0);
    if (Number.isInteger(value) && value >= least) return value;
    throw new DataError(`its field ${name} is ${quote(fields.get(name) ?? "")}`);
  };
  await skipLines(source, skip("lineskip", 0));
  const byteSkip = skip("byteskip", -1);
  const encoding = (fields.get("encoding") ?? "raw").toLowerCase();
  if (isText(header)) {
    const values = await readDecimals(source, type, count);
    return bytesSource(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  switch (encoding) {
    case "raw":
      // -1: the voxels are the last bytes of the file.
      await source.skip(
        byteSkip === -1 ? Math.max(0, source.maxBytes - source.offset - count * VOXEL_BYTES[type]) : byteSkip,
      );
      return restOf(source);
    case "hex":
      return hexadecimal(source);
    case "gzip":
    case "gz": {
      await source.fillTo(3);
      // A file of its own that is compressed is decompressed by the source.
      const bytes = isGzip(source.window) ? inflated(source) : restOf(source);
      for (let left = byteSkip; left > 0; ) {
        const read = await bytes.readInto(new Uint8Array(Math.min(left, 2 ** 16)));
        if (read === 0) break;
        left -= read;
      }
      return bytes;
    }
    default:
      throw new DataError(`its encoding ${quote(encoding)} cannot be read; save it as raw or gzip`);
  }
}

async function skipLines(source: FileSource, count: number): Promise<void> {
  for (let skipped = 0; skipped < count; ) {
    const end = source.window.indexOf(NEWLINE);
    if (end >= 0) {
      source.consume(end + 1);
      skipped += 1;
    } else if (source.isAtEnd) return;
    else {
      source.consume(source.window.length);
      await source.fill();
    }
  }
}
