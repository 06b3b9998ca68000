import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pdbAtom, SMALL_PDB } from "./pdb-file.ts";
import { FORMALDEHYDE_MOL2, FORMALDEHYDE_SDF } from "./small-molecules.ts";
import { dcdFile, trajectoryFile } from "./trajectory-files.ts";

const file = (name: string): Buffer => readFileSync(join(import.meta.dir, name));

const CHAIN = Array.from({ length: 8 }, (_, i) =>
  pdbAtom({ serial: i + 1, number: i + 1, at: [3.3 * i, i % 2, 0] }),
).join("\n");

const TWO_FRAMES = [0, 1].map((frame) => Array.from({ length: 36 }, (_, i) => frame + 3 * i));

/** A BinaryCIF file to damage. */
export const HELIX_BCIF = file("helix.bcif");

/** Molecules to damage, by the extension of the format. */
export const MOLECULE_SAMPLES = {
  pdb: [
    SMALL_PDB,
    `HELIX    1   1 ALA A    2  ALA A    4  1\nMODEL 1\n${CHAIN}\nENDMDL\nMODEL 2\n${CHAIN}\n`,
  ],
  cif: [file("helix.cif").toString(), file("helix.cif")],
  sdf: [FORMALDEHYDE_SDF],
  mol2: [FORMALDEHYDE_MOL2],
  // For a molecule of 12 atoms.
  xtc: [trajectoryFile("small.xtc"), trajectoryFile("still.xtc")],
  dcd: [
    trajectoryFile("water.dcd"),
    dcdFile({ frames: TWO_FRAMES, littleEndian: false, hasCell: true }),
    dcdFile({ frames: [TWO_FRAMES[0] ?? [], [1, 2, 3]], free: [7] }),
  ],
} as const satisfies Record<string, readonly (string | Uint8Array)[]>;
