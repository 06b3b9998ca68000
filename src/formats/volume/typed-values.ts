import type { NumericArray } from "../data-kinds.ts";
import { swapBytes } from "./byte-order.ts";
import { isConverted, readConverted } from "./convert-voxels.ts";
import type { VoxelSource } from "./voxel-source.ts";
import { VOXEL_BYTES, type VoxelType, viewVoxels } from "./voxel-type.ts";

/** The values that bytes in memory stand for, without a copy where that is possible; the bytes can be modified. */
export async function valuesOf(
  bytes: Uint8Array,
  type: VoxelType,
  littleEndian: boolean,
): Promise<NumericArray> {
  const size = VOXEL_BYTES[type];
  const count = Math.floor(bytes.length / size);
  if (isConverted(type)) return readConverted(bytesSource(bytes), type, littleEndian, count);
  const aligned = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  if (!littleEndian) swapBytes(aligned, size);
  return viewVoxels(type, aligned, count);
}

/** A source of bytes in memory. */
export function bytesSource(bytes: Uint8Array): VoxelSource {
  let rest = bytes;
  return {
    get availableBytes() {
      return rest.length;
    },
    readInto: async (target) => {
      const part = rest.subarray(0, target.length);
      target.set(part);
      rest = rest.subarray(part.length);
      return part.length;
    },
  };
}
