import { coordinateOrigin, relativeTo } from "../../geometry/coordinate-origin.ts";
import type { NumericArray, Streamlines } from "../data-kinds.ts";
import { DataError } from "../load-error.ts";
import type { SampledFile } from "../sampled-file.ts";
import { finishStreamlines } from "../streamlines/finish-streamlines.ts";
import { type ReadAt, readZipDirectory } from "../zip/zip-directory.ts";
import { isStored, zipDataStart } from "../zip/zip-entry-reader.ts";
import { trxEntries } from "./trx-files.ts";
import { parseTrxName, readTrxValues, trxValueBytes } from "./trx-values.ts";

/** An array in an archive, stored without compression. */
interface StoredArray {
  /** Number of values. */
  readonly length: number;
  read(first: number, count: number): Promise<NumericArray>;
}

/** Samples the streamlines of an archive that is not compressed. */
export async function sampleTrx(file: SampledFile): Promise<Streamlines | undefined> {
  const readAt: ReadAt = async (target, offset) => {
    const bytes = file.read(offset, target.length);
    if (bytes.length < target.length) throw new DataError("the file is cut off");
    target.set(bytes);
  };
  const entries = trxEntries(await readZipDirectory(readAt, file.size));
  const find = (name: string) => openArray(readAt, file.size, entries, name);
  const [positions, offsets] = [await find("positions"), await find("offsets")];
  if (positions === undefined || offsets === undefined) return undefined;
  const lines: NumericArray[] = [];
  // Without the last streamline, whose end is not in every file.
  for (const i of file.sampleNumbers(offsets.length - 1, positions.length / 3)) {
    const [start = 0, end = 0] = await offsets.read(i, 2);
    if (end > start && 3 * end <= positions.length)
      lines.push(await positions.read(3 * start, 3 * (end - start)));
  }
  const values = new Float32Array(lines.reduce((sum, { length }) => sum + length, 0));
  const sampled = new Uint32Array(lines.length + 1);
  let length = 0;
  for (const [i, line] of lines.entries()) {
    values.set(line, length);
    length += line.length;
    sampled[i + 1] = length / 3;
  }
  const origin = coordinateOrigin(values);
  const data = { origin, positions: relativeTo(origin, values, values), offsets: sampled, warnings: [] };
  return lines.length === 0 ? undefined : finishStreamlines(data, 1);
}

async function openArray(
  readAt: ReadAt,
  size: number,
  entries: ReturnType<typeof trxEntries>,
  wanted: string,
): Promise<StoredArray | undefined> {
  for (const entry of entries) {
    const name = parseTrxName(entry.path);
    if (name?.name !== wanted || !isStored(entry)) continue;
    const bytes = trxValueBytes(name.type);
    const start = await zipDataStart(readAt, size, entry);
    return {
      length: Math.floor(entry.bytes / bytes),
      read(first, count) {
        let offset = start + bytes * first;
        const next = async (target: Uint8Array): Promise<void> => {
          await readAt(target, offset);
          offset += target.length;
        };
        return readTrxValues(next, name.type, count);
      },
    };
  }
  return undefined;
}
