import type { FileHead, Format } from "../format.ts";
import { VOXEL_BYTES } from "../volume/voxel-type.ts";
import { detectNifti, niftiAxes, niftiDatatype, parseNiftiHeader } from "./nifti-header.ts";

export const nifti: Format<"nifti"> = {
  id: "nifti",
  name: "NIfTI",
  description:
    "NIfTI-1, NIfTI-2 and ANALYZE 7.5: single files and pairs, all types of values but float128, time steps, RGB; complex values as magnitude",
  extensions: ["nii", "hdr", "img"],
  up: "z",
  detect,
  estimateMemory,
  read: async (context) => (await import("./read-nifti.ts")).readNifti(context),
};

function detect({ bytes, extension, text }: FileHead): "certain" | "plausible" | undefined {
  const detected = detectNifti(bytes);
  if (detected !== undefined) return detected.version === "analyze" ? "plausible" : "certain";
  // The voxels of a pair, or a file that is cut off in its header.
  const isBinary = text === undefined;
  return isBinary && ["nii", "hdr", "img"].includes(extension) ? "plausible" : undefined;
}

/** Memory per byte of voxels: the voxels, and GL's copy. */
const MEMORY_PER_BYTE = 2;

function estimateMemory({ bytes, size }: FileHead): number {
  // The voxels of a pair are not described by their own file.
  if (detectNifti(bytes) === undefined) return size * MEMORY_PER_BYTE;
  const header = parseNiftiHeader(bytes);
  const declared = niftiAxes(header).reduce((product, axis) => product * axis.size, 1);
  const total = declared * VOXEL_BYTES[niftiDatatype(header).type];
  return MEMORY_PER_BYTE * (header.isPair ? total : Math.min(size, total));
}
