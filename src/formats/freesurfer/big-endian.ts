import type { NumericArray } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import { valuesOf } from "../volume/typed-values.ts";
import { type DirectType, VOXEL_BYTES } from "../volume/voxel-type.ts";

/** Reads numbers of FreeSurfer's files. @returns fewer than `count` only at the end of the file */
export async function readBigEndian(
  source: FileSource,
  type: DirectType,
  count: number,
): Promise<NumericArray> {
  const available = source.maxBytes - source.offset;
  const bytes = new Uint8Array(Math.min(Math.max(0, count) * VOXEL_BYTES[type], available));
  return valuesOf(bytes.subarray(0, await source.readInto(bytes)), type, false);
}

/** Reads unsigned integers of three bytes. @returns fewer than `count` only at the end of the file */
export async function readThreeBytes(source: FileSource, count: number): Promise<Uint32Array> {
  const bytes = (await readBigEndian(source, "uint8", 3 * count)) as Uint8Array;
  return Uint32Array.from({ length: Math.floor(bytes.length / 3) }, (_, i) => threeBytes(bytes, 3 * i));
}

export function threeBytes(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 16) | ((bytes[offset + 1] ?? 0) << 8) | (bytes[offset + 2] ?? 0);
}
