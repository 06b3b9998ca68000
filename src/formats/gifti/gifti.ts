import type { FileHead, Format } from "../format.ts";

/**
 * Memory per byte of the file: base64 and compression, and GL's copy. A compressed surface of 726 kB has 64,000 triangles, which need
 * 85 bytes each.
 */
const MEMORY_PER_BYTE = 8;

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
  estimateMemory: ({ size }) => size * MEMORY_PER_BYTE,
  read: async (context) => (await import("./read-gifti.ts")).readGifti(context),
};

function startOf({ bytes }: FileHead): string {
  return new TextDecoder("latin1").decode(bytes);
}
