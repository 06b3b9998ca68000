import type { Format } from "../format.ts";

/** Bytes per byte of the file. */
const MEMORY_PER_BYTE = 30;

export const sdf: Format<"sdf"> = {
  id: "sdf",
  name: "SDF",
  description: "the first molecule of an SDF or MOL file (V2000, V3000)",
  extensions: ["sdf", "mol", "sd"],
  up: "y",
  // The fourth line has the numbers of atoms and bonds, and the version.
  detect: ({ text, bytes }) =>
    text !== undefined &&
    /^([^\n]*\n){3}[ \d]{6}[^\n]*V[23]000[ \t]*\r?(\n|$)/.test(
      new TextDecoder("latin1").decode(bytes.subarray(0, 4096)),
    )
      ? "certain"
      : undefined,
  estimateMemory: ({ size }) => size * MEMORY_PER_BYTE,
  read: async (context) => (await import("./read-sdf.ts")).readSdf(context),
};
