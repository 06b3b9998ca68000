import type { FileHead, Format } from "../format.ts";
import { VOXEL_BYTES } from "../volume/voxel-type.ts";
import {
  hasSurfaceValues,
  MGH_HEADER_BYTES,
  type MghHeader,
  mghAxes,
  mghType,
  parseMghHeader,
} from "./mgh-header.ts";

/** Memory per byte of voxels: the voxels, and GL's copy. */
const MEMORY_PER_BYTE = 2;

export const mgh: Format<"mgh"> = {
  id: "mgh",
  name: "MGH",
  description:
    "volumes of FreeSurfer (MGZ is compressed) with the names of their labels, and values of surfaces as overlays",
  extensions: ["mgh", "mgz"],
  up: "z",
  detect,
  isOverlay: ({ bytes }) => bytes.length >= MGH_HEADER_BYTES && hasSurfaceValues(parseMghHeader(bytes)),
  estimateMemory: ({ bytes, size }) => Math.min(size, voxelBytes(parseMghHeader(bytes))) * MEMORY_PER_BYTE,
  read: async (context) => (await import("./read-mgh.ts")).readMgh(context),
};

/** There is no magic number: a version of 1 and sizes that fit to the size of the file are sufficient. */
function detect({ bytes, size, extension }: FileHead): "certain" | "plausible" | undefined {
  const hasExtension = extension === "mgh" || extension === "mgz";
  if (bytes.length < MGH_HEADER_BYTES) return hasExtension ? "plausible" : undefined;
  const header = parseMghHeader(bytes);
  if (header.version !== 1 || header.sizes.some((length) => length < 1)) {
    return hasExtension ? "plausible" : undefined;
  }
  if (header.typeCode < 0 || header.typeCode > 10) return hasExtension ? "plausible" : undefined;
  if (hasExtension) return "certain";
  return [0, 1, 3, 4, 10].includes(header.typeCode) && size >= MGH_HEADER_BYTES + voxelBytes(header)
    ? "certain"
    : undefined;
}

function voxelBytes(header: MghHeader): number {
  const count = mghAxes(header).reduce((product, { size }) => product * size, 1);
  return count * VOXEL_BYTES[mghType(header)];
}
