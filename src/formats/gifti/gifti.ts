import type { FileHead, Format } from "../format.ts";

/** Memory per byte of the file. A triangle, with half a vertex, needs 85 bytes; it has 24 in base64, and about 11 if it is compressed. */
const MEMORY_PER_BYTE = 4;
const MEMORY_PER_COMPRESSED_BYTE = 8;

export const gifti: Format<"gifti"> = {
  id: "gifti",
  name: "GIFTI",
  description:
    "surfaces with values and labels, or values for the surface before it (shape, func, label): all encodings, external files too",
  extensions: ["gii"],
  up: "z",
  detect: (head) => {
    if (/<GIFTI[\s>]/.test(startOf(head))) return "certain";
    return head.extension === "gii" && head.text?.startsWith("<") === true ? "plausible" : undefined;
  },
  isOverlay: (head) => !/NIFTI_INTENT_(?:POINTSET|TRIANGLE)/.test(startOf(head)),
  estimateMemory: (head) =>
    head.size * (/GZip|B64GZ/.test(startOf(head)) ? MEMORY_PER_COMPRESSED_BYTE : MEMORY_PER_BYTE),
  read: async (context) => (await import("./read-gifti.ts")).readGifti(context),
};

function startOf({ bytes }: FileHead): string {
  return new TextDecoder("latin1").decode(bytes);
}
