import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BenchSetup } from "./setup.ts";
import { measureView } from "./view-measurement.ts";

const ATOMS = 100_000;

/** Residues of a helix, and helices side by side. */
const RESIDUES = 40;
const ATOMS_OF_RESIDUE = [
  ["N", 1.55, -27.6, -0.9],
  ["CA", 2.28, 0, 0],
  ["C", 1.67, 26.3, 1.1],
  ["O", 2.02, 26.8, 2.3],
  ["CB", 3.3, -8, -0.95],
] as const;

/** `view` of a PDB file of 100,000 atoms on Mesa: first picture, and frame rates while it is dragged, by representation. */
export async function benchMolecule(setup: BenchSetup): Promise<void> {
  const path = join(tmpdir(), "scenecast-models", `${ATOMS}.pdb`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, [...helices(ATOMS)].join("\n"));
  for (const representation of ["cartoon", "ball-and-stick", "spheres"]) {
    const args = [path, "--representation", representation];
    const { first, median, worst } = await measureView(setup, args, "mesa");
    const { report } = setup;
    const name = `view of a PDB file of ${ATOMS} atoms, ${representation}`;
    report.row(`${name}: first picture`, first, "s", 2);
    report.row(`${name}: dragging, median second`, median, "frames/s", 1, "30");
    report.row(`${name}: dragging, worst second`, worst, "frames/s");
  }
}

/** Lines of a PDB file: alpha helices of alanine, side by side. */
function* helices(atoms: number): Generator<string> {
  for (let serial = 0; serial < atoms; serial += 1) {
    const residue = Math.floor(serial / ATOMS_OF_RESIDUE.length);
    const helix = Math.floor(residue / RESIDUES);
    const [name, radius, phase, z] = ATOMS_OF_RESIDUE[serial % ATOMS_OF_RESIDUE.length] ?? ["CA", 0, 0, 0];
    const turn = residue % RESIDUES;
    const angle = ((phase + 100 * turn) * Math.PI) / 180;
    const at = [
      12 * (helix % 22) + radius * Math.cos(angle),
      12 * Math.floor(helix / 22) + radius * Math.sin(angle),
      1.5 * turn + z,
    ];
    const id = `ATOM  ${String(serial % 100_000).padStart(5)}  ${name.padEnd(3)} ALA A${String(residue % 10_000).padStart(4)}    `;
    yield `${id}${at.map((value) => value.toFixed(3).padStart(8)).join("")}  1.00 20.00           ${name.charAt(0)}`;
  }
}
