import type { FileHead, Format } from "../format.ts";
import { startsWith } from "../starts-with.ts";
import { VOXEL_BYTES } from "../volume/voxel-type.ts";
import { NPY_MAGIC, parseNpyHeader } from "./npy-header.ts";

/** Memory per byte of voxels: the voxels, a transposed copy or GL's. */
const MEMORY_PER_BYTE = 2;

export const npy: Format<"npy"> = {
  id: "npy",
  name: "NPY",
  description:
    "arrays of NumPy with 2 to 4 axes as volumes (i, j, k, time), RGB; coordinates are indices, or in mm with --affine",
  extensions: ["npy"],
  up: "z",
  detect: ({ bytes }) => (startsWith(bytes, NPY_MAGIC) ? "certain" : undefined),
  estimateMemory,
  read: async (context) => (await import("./read-npy.ts")).readNpy(context),
};

function estimateMemory({ bytes, size }: FileHead): number {
  const { axes, type } = parseNpyHeader(bytes);
  const declared = axes.reduce((product, axis) => product * axis.size, VOXEL_BYTES[type]);
  return MEMORY_PER_BYTE * Math.min(size, declared);
}
