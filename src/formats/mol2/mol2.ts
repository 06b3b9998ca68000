import type { Format } from "../format.ts";

/** Bytes per byte of the file. */
const MEMORY_PER_BYTE = 30;

export const mol2: Format<"mol2"> = {
  id: "mol2",
  name: "MOL2",
  description: "the first molecule of a Tripos MOL2 file",
  extensions: ["mol2"],
  up: "y",
  detect: ({ text }) =>
    text !== undefined && /^\s*(#[^\n]*\s+)*@<TRIPOS>/i.test(text) ? "certain" : undefined,
  estimateMemory: ({ size }) => size * MEMORY_PER_BYTE,
  read: async (context) => (await import("./read-mol2.ts")).readMol2(context),
};
