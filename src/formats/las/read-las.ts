import type { Points } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { readRecords } from "../points/record-points.ts";
import type { SampledFile } from "../sampled-file.ts";
import { parseLasHeader } from "./las-header.ts";

/** Size of the largest header, bytes. */
const HEADER_BYTES = 375;

/**
 * Reads LAS.
 *
 * @throws LoadError
 */
export async function readLas({ path, source }: ReadContext): Promise<Points> {
  await source.fillTo(HEADER_BYTES);
  const { start, layout, points } = parseLasHeader(path, source.window.subarray(0, HEADER_BYTES));
  if ((await source.skip(start)) < start)
    throw new DataError("the file ends before its points: it is cut off");
  return readRecords(source, layout, points);
}

/** Samples the points of an uncompressed file. */
export function sampleLas(path: string, file: SampledFile): number[] {
  const { start, layout, points } = parseLasHeader(path, file.head());
  const { rowBytes, xyz, scale = [], translation = [] } = layout;
  return file.sampleRecords(start, rowBytes, points, (record) =>
    xyz.map(
      ({ offset }, axis) => record.getInt32(offset, true) * (scale[axis] ?? 1) + (translation[axis] ?? 0),
    ),
  );
}
