import type { FileHead, Format } from "../format.ts";

/** Records with which PDB files begin. */
const FIRST_RECORD =
  /^(HEADER|TITLE {2}|COMPND|REMARK|CRYST1|MODEL {5}|ATOM {2}|HETATM|OBSLTE|SPLIT {2}|AUTHOR|EXPDTA)/;

/** An atom with its coordinates in columns 31 to 54. */
const ATOM = /^(?:ATOM {2}|HETATM).{24}(?: *[+-]?\d+\.\d+){3}/m;

/** Bytes per byte of the file: names, coordinates and bonds of an atom, whose line has 81 bytes, and its geometry. */
const MEMORY_PER_BYTE = 30;

export const pdb: Format<"pdb"> = {
  id: "pdb",
  name: "PDB",
  description:
    "molecules of the Protein Data Bank: models, alternate locations, bonds, secondary structure, assemblies",
  extensions: ["pdb", "ent", "pdb1"],
  up: "y",
  detect: ({ text }) =>
    text === undefined || text.startsWith("data_")
      ? undefined
      : ATOM.test(text)
        ? "certain"
        : FIRST_RECORD.test(text)
          ? "plausible"
          : undefined,
  estimateMemory: ({ size }: FileHead) => size * MEMORY_PER_BYTE,
  read: async (context) => (await import("./read-pdb.ts")).readPdb(context),
};
