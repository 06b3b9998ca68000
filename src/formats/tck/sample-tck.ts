import type { Streamlines } from "../data-kinds.ts";
import { FileSource } from "../file-source.ts";
import type { SampledFile } from "../sampled-file.ts";
import { readTck } from "./read-tck.ts";
import { parseTckHeader, type TckHeader } from "./tck-header.ts";

/** Samples streamlines: a file of the sampled ones is made in memory, and read as any other. */
export async function sampleTck(path: string, file: SampledFile): Promise<Streamlines | undefined> {
  const head = file.head();
  const header = parseTckHeader(path, head, "TCK");
  if (header === undefined || header.offset > head.length) return undefined;
  const pointBytes = header.doubles ? 24 : 12;
  const streamlines = file.sampleStreamlines(header.offset, pointBytes, (block) =>
    streamlinesIn(block, header),
  );
  if (streamlines.length === 0) return undefined;
  const bytes = Buffer.concat([head.subarray(0, header.offset), ...streamlines]);
  return readTck({ path, source: FileSource.ofBytes(bytes) });
}

/** Finds the streamlines between delimiters in a block that starts at any point. Each includes the delimiter after it. */
function* streamlinesIn(
  block: Uint8Array<ArrayBuffer>,
  { doubles, bigEndian }: TckHeader,
): Generator<Uint8Array<ArrayBuffer>> {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const pointBytes = doubles ? 24 : 12;
  let start: number | undefined;
  for (let at = 0; at + pointBytes <= block.length; at += pointBytes) {
    const x = doubles ? view.getFloat64(at, !bigEndian) : view.getFloat32(at, !bigEndian);
    if (!Number.isNaN(x)) continue;
    if (start !== undefined && at > start) yield block.subarray(start, at + pointBytes);
    start = at + pointBytes;
  }
}
