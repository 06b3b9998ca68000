import type { NumericArray } from "../data-kinds.ts";

/** Types of voxels in files. "int64", "uint64" and the complex types are converted when they are read. */
export type VoxelType =
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float32"
  | "float64"
  | "complex64"
  | "complex128";

export type DirectType = Exclude<VoxelType, "int64" | "uint64" | "complex64" | "complex128">;

/** Size of a stored value, bytes. */
export const VOXEL_BYTES: Readonly<Record<VoxelType, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  int64: 8,
  uint64: 8,
  float32: 4,
  float64: 8,
  complex64: 8,
  complex128: 16,
};

const ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const;

export function createVoxels(type: DirectType, length: number): NumericArray {
  return new ARRAYS[type](length);
}

/** @param bytes at an offset that is a multiple of the size of a value */
export function viewVoxels(type: DirectType, bytes: Uint8Array, length: number): NumericArray {
  return new ARRAYS[type](bytes.buffer as ArrayBuffer, bytes.byteOffset, length);
}

/** Size of a value in memory, bytes, while it is read. */
export function memoryBytes(type: VoxelType): number {
  if (type === "complex64") return 4;
  return type === "complex128" ? 8 : VOXEL_BYTES[type];
}
