import type { Volume } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { DataError, formatBytes } from "../load-error.ts";
import { rasVolume } from "../volume/ras-volume.ts";
import { readVoxels, type Voxels } from "../volume/read-voxels.ts";
import { restOf, type VoxelSource } from "../volume/voxel-source.ts";
import { type MifHeader, parseMifHeader } from "./mif-header.ts";

const MAX_HEADER_BYTES = 2 ** 22;

/**
 * Reads an MRtrix volume: one file (.mif), or a header and a file with the voxels (.mih).
 *
 * @throws LoadError
 * @throws DataError
 */
export async function readMif(context: ReadContext): Promise<Volume> {
  const warnings: string[] = [];
  const header = parseMifHeader(await headerText(context.source), warnings);
  const voxels = await readDataFile(context, header, warnings);
  const { affine, slope, intercept } = header;
  return rasVolume({
    ...voxels,
    slope,
    intercept,
    affine,
    warnings,
  });
}

async function readDataFile(
  { source, files }: ReadContext,
  header: MifHeader,
  warnings: string[],
): Promise<Voxels> {
  const [name, offset] = header.file;
  if (name === ".") return readFrom(source, offset, header, warnings);
  await using detached = await files.open(name);
  return await readFrom(detached, offset, header, warnings);
}

/** The lines up to END, which stay in the window: offsets are from the start of the file. */
async function headerText(source: FileSource): Promise<string> {
  for (;;) {
    const text = new TextDecoder("latin1").decode(source.window.subarray(0, MAX_HEADER_BYTES));
    const end = /^END\s*$/m.exec(text)?.index;
    if (end !== undefined) return new TextDecoder().decode(source.window.subarray(0, end));
    if (source.isAtEnd || text.length === MAX_HEADER_BYTES) throw new DataError("its header has no line END");
    await source.fill();
  }
}

async function readFrom(
  source: FileSource,
  offset: number,
  { type, littleEndian, axes }: MifHeader,
  warnings: string[],
): Promise<Voxels> {
  if (offset > source.maxBytes || (await source.skip(offset)) < offset) {
    throw new DataError(`its voxels start at byte ${offset}, but it has only ${formatBytes(source.offset)}`);
  }
  return type === "bit"
    ? readVoxels(bits(source), { type: "uint8", littleEndian, axes }, warnings)
    : readVoxels(restOf(source), { type, littleEndian, axes }, warnings);
}

/** Unpacks bits to bytes, the highest bit first. */
function bits(source: FileSource): VoxelSource {
  return {
    get availableBytes() {
      return 8 * (source.maxBytes - source.offset);
    },
    readInto: async (target) => {
      const packed = new Uint8Array(Math.ceil(target.length / 8));
      const count = Math.min(target.length, 8 * (await source.readInto(packed)));
      for (let i = 0; i < count; i += 1) target[i] = ((packed[i >> 3] ?? 0) >> (7 - (i & 7))) & 1;
      return count;
    },
  };
}
