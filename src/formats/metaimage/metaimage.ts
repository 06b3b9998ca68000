import type { FileHead, Format } from "../format.ts";
import { parseMetaImageHeader } from "./metaimage-header.ts";

/** Memory per byte of voxels: the voxels, a transposed copy or GL's. */
const MEMORY_PER_BYTE = 2;

export const metaimage: Format<"metaimage"> = {
  id: "metaimage",
  name: "MetaImage",
  description:
    "volumes of ITK, in one file or with voxels in others; compressed, with channels, with time steps",
  extensions: ["mha", "mhd"],
  up: "z",
  detect: (head) =>
    /^(?:\s*\w+ *=.*\r?\n)*?\s*(?:NDims|DimSize) *=/.test(textOf(head)) ? "certain" : undefined,
  estimateMemory,
  read: async (context) => (await import("./read-metaimage.ts")).readMetaImage(context),
};

function textOf({ bytes }: FileHead): string {
  return new TextDecoder("latin1").decode(bytes.subarray(0, 4096));
}

function estimateMemory(head: FileHead): number {
  const header = parseMetaImageHeader(textOf(head), []);
  const isWithin = !header.isCompressed && !header.isText && /^local$/i.test(header.dataFile);
  return MEMORY_PER_BYTE * (isWithin ? Math.min(head.size, header.bytes) : header.bytes);
}
