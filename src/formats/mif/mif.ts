import type { FileHead, Format } from "../format.ts";
import { startsWith } from "../starts-with.ts";
import { VOXEL_BYTES } from "../volume/voxel-type.ts";
import { parseMifHeader } from "./mif-header.ts";

/** Memory per byte of voxels: the voxels, a transposed copy or GL's. */
const MEMORY_PER_BYTE = 2;

export const mif: Format<"mif"> = {
  id: "mif",
  name: "MIF",
  description: "volumes of MRtrix, in one file or two, with any layout of the axes; bits as bytes",
  extensions: ["mif", "mih"],
  up: "z",
  detect: ({ bytes }) => (startsWith(bytes, "mrtrix image") ? "certain" : undefined),
  estimateMemory,
  read: async (context) => (await import("./read-mif.ts")).readMif(context),
};

function estimateMemory({ bytes, size }: FileHead): number {
  const text = new TextDecoder("latin1").decode(bytes);
  const end = /^END\s*$/m.exec(text)?.index;
  // A header with a long history, whose end is not in the head.
  if (end === undefined) return size * MEMORY_PER_BYTE;
  const { axes, type, file } = parseMifHeader(text.slice(0, end), []);
  const declared = axes.reduce(
    (product, axis) => product * axis.size,
    type === "bit" ? 1 : VOXEL_BYTES[type],
  );
  return MEMORY_PER_BYTE * (file[0] === "." && type !== "bit" ? Math.min(size, declared) : declared);
}
