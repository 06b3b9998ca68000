import type { Format } from "../format.ts";

/** Bytes per byte of the file: values as text, then the arrays of the molecule and its geometry. */
const MEMORY_PER_BYTE = 25;

/** Bytes per byte of a compressed column. */
const BINARY_MEMORY_PER_BYTE = 120;

export const mmcif: Format<"mmcif"> = {
  id: "mmcif",
  name: "mmCIF",
  description: "molecules and crystal structures (CIF): models, bonds, secondary structure, assemblies",
  extensions: ["cif", "mmcif", "mcif"],
  up: "y",
  detect: ({ text }) =>
    text !== undefined && /^(#[^\n]*\s+)*data_\S*\s/i.test(text) ? "certain" : undefined,
  estimateMemory: ({ size }) => size * MEMORY_PER_BYTE,
  read: async (context) => (await import("./read-cif.ts")).readCif(context),
};

export const bcif: Format<"bcif"> = {
  id: "bcif",
  name: "BinaryCIF",
  description: "molecules in compressed columns",
  extensions: ["bcif"],
  up: "y",
  // A MessagePack map with the keys of a BinaryCIF file.
  detect: ({ bytes }) =>
    (bytes[0] ?? 0) >= 0x82 &&
    (bytes[0] ?? 0) <= 0x8f &&
    Buffer.from(bytes.subarray(0, 200)).includes("dataBlocks")
      ? "certain"
      : undefined,
  limit: { bytes: 2 ** 31 - 1, advice: "split it into several files" },
  estimateMemory: ({ size }) => size * BINARY_MEMORY_PER_BYTE,
  read: async (context) => (await import("./read-bcif.ts")).readBcif(context),
};
