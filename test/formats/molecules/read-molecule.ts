import type { Molecule } from "../../../src/formats/data-kinds.ts";
import { readFile } from "../../../src/loading/read-data.ts";
import type { TemporaryDirectory } from "../../support/temporary-directory.ts";

/** Reads a molecule from a file with this content. */
export async function readMolecule(
  directory: TemporaryDirectory,
  name: string,
  content: string | Uint8Array,
): Promise<Molecule> {
  const data = await readFile(directory.write(name, content), undefined);
  if (data.kind !== "molecule") throw new Error(`${name} is read as ${data.kind}`);
  return data;
}

/** World coordinates of an atom, rounded to 0.001 Å. */
export function atomAt({ positions, origin }: Molecule, atom: number): number[] {
  return [0, 1, 2].map((axis) => {
    const value = (positions[3 * atom + axis] ?? Number.NaN) + (origin[axis] ?? 0);
    return Math.round(value * 1000) / 1000 || 0;
  });
}

/** Bonds as pairs of atom names. */
export function bondNames({ bonds, names }: Molecule): string[] {
  return Array.from({ length: bonds.length / 2 }, (_, i) =>
    [names[bonds[2 * i] ?? 0], names[bonds[2 * i + 1] ?? 0]].toSorted().join("-"),
  ).toSorted();
}
