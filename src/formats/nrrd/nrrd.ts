import type { FileHead, Format } from "../format.ts";
import { startsWith } from "../starts-with.ts";
import { VOXEL_BYTES } from "../volume/voxel-type.ts";
import { parseNrrdHeader } from "./nrrd-header.ts";

/** Memory per byte of voxels: the voxels, a transposed copy or GL's. */
const MEMORY_PER_BYTE = 2;

export const nrrd: Format<"nrrd"> = {
  id: "nrrd",
  name: "NRRD",
  description: "volumes with attached or detached voxels: raw, gzip, text and hex; RGB, time steps",
  extensions: ["nrrd", "nhdr"],
  up: "z",
  detect: ({ bytes }) => (startsWith(bytes, "NRRD000") ? "certain" : undefined),
  estimateMemory,
  read: async (context) => (await import("./read-nrrd.ts")).readNrrd(context),
};

function estimateMemory({ bytes, size }: FileHead): number {
  const text = new TextDecoder("latin1").decode(bytes);
  const end = /\n\r?\n/.exec(text)?.index ?? text.length;
  const { type, sizes, fields } = parseNrrdHeader(text.slice(0, end));
  const declared = sizes.reduce((product, length) => product * length, VOXEL_BYTES[type]);
  const isRaw = fields.get("encoding")?.toLowerCase() === "raw" && !fields.has("datafile");
  return MEMORY_PER_BYTE * (isRaw ? Math.min(size, declared) : declared);
}
