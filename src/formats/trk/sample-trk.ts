import type { Streamlines } from "../data-kinds.ts";
import { FileSource } from "../file-source.ts";
import type { SampledFile } from "../sampled-file.ts";
import { readTrk } from "./read-trk.ts";
import {
  parseTrkHeader,
  TRK_COUNT_OFFSET,
  TRK_HEADER_BYTES,
  type TrkHeader,
  trkPointBytes,
} from "./trk-header.ts";

/** Maximum plausible number of points of a streamline. */
const MAX_LENGTH = 2 ** 20;

/** Samples streamlines: a file of the sampled ones is made in memory, and read as any other. */
export async function sampleTrk(path: string, file: SampledFile): Promise<Streamlines | undefined> {
  const start = file.head().slice(0, TRK_HEADER_BYTES);
  const header = parseTrkHeader(path, start);
  const pointBytes = trkPointBytes(header);
  const records = file.sampleStreamlines(TRK_HEADER_BYTES, pointBytes, (block) => recordsIn(block, header));
  if (records.length === 0) return undefined;
  new DataView(start.buffer).setInt32(TRK_COUNT_OFFSET, 0);
  return readTrk({ path, source: FileSource.ofBytes(Buffer.concat([start, ...records])) });
}

/**
 * Finds the streamlines in a block that starts anywhere in the file, at a multiple of four bytes. The bits of a number of points are
 * those of a float below 1.5e-39, which coordinates never are; the number of the next streamline confirms it.
 */
function* recordsIn(block: Uint8Array<ArrayBuffer>, header: TrkHeader): Generator<Uint8Array<ArrayBuffer>> {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const pointBytes = trkPointBytes(header);
  const endOfRecord = (at: number): number | undefined => {
    if (at + 4 > block.length) return undefined;
    const length = view.getInt32(at, !header.bigEndian);
    return length > 0 && length <= MAX_LENGTH
      ? at + 4 + length * pointBytes + 4 * header.propertyCount
      : undefined;
  };
  for (let at = 0; at < block.length; at += 4) {
    let end = endOfRecord(at);
    while (end !== undefined && endOfRecord(end) !== undefined) {
      yield block.subarray(at, end);
      at = end;
      end = endOfRecord(at);
    }
  }
}
