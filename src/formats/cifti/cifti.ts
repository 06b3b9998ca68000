import type { FileHead, Format } from "../format.ts";
import { detectNifti, NIFTI2_BYTES } from "../nifti/nifti-header.ts";

/** Memory per byte of the file: its values, and those of the surface's vertices. */
const MEMORY_PER_BYTE = 2;

export const cifti: Format<"cifti"> = {
  id: "cifti",
  name: "CIFTI-2",
  description:
    "values and labels of the cortex for the surface before it (dscalar, dlabel), of parcels too, series as time steps; no voxels and connectivity",
  extensions: ["dscalar.nii", "dlabel.nii", "dtseries.nii", "pscalar.nii", "plabel.nii", "ptseries.nii"],
  up: "z",
  detect: (head) => (isCifti(head) ? "certain" : undefined),
  isOverlay: () => true,
  estimateMemory: ({ size }) => MEMORY_PER_BYTE * size,
  read: async (context) => (await import("./read-cifti.ts")).readCifti(context),
};

/** CIFTI is NIfTI-2 with an intent (NIFTI_INTENT_CONNECTIVITY_…) from 3000 to 3099. */
function isCifti({ bytes }: FileHead): boolean {
  if (bytes.length < NIFTI2_BYTES) return false;
  const detected = detectNifti(bytes);
  if (detected?.version !== 2 || detected.isPair) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const intent = view.getInt32(504, detected.littleEndian);
  return intent >= 3000 && intent < 3100;
}
