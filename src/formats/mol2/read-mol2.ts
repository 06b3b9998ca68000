import type { Molecule } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { atomicNumber } from "../molecule/elements.ts";
import { type BondRecord, MoleculeBuilder } from "../molecule/molecule-builder.ts";
import { textLines } from "../text-lines.ts";

const BOND_ORDERS: Readonly<Record<string, number>> = { "1": 1, "2": 2, "3": 3, ar: 4, am: 1 };

/**
 * Reads the first molecule of a Tripos MOL2 file: the sections ATOM and BOND, with fields between blanks.
 *
 * @throws DataError if there are no atoms
 */
export async function readMol2({ source }: ReadContext): Promise<Molecule> {
  const builder = new MoleculeBuilder();
  builder.beginModel();
  const indices = new Map<string, number | undefined>();
  const bonds: BondRecord[] = [];
  let [section, molecules] = ["", 0];
  for await (const lines of textLines(source)) {
    for (const line of lines) {
      if (line.startsWith("@<TRIPOS>")) {
        section = line.slice(9).trim().toUpperCase();
        if (section === "MOLECULE") molecules += 1;
        continue;
      }
      if (molecules > 1 || line.startsWith("#") || line.trim() === "") continue;
      const fields = line.trim().split(/\s+/);
      if (section === "ATOM") {
        const [id = "", name = "", x, y, z, type = "", residueNumber = "", residueName = ""] = fields;
        const index = builder.add({
          ...{ x: Number(x), y: Number(y), z: Number(z), name, residueName, residueNumber },
          // The type begins with the element: C.ar, N.4, Du (no atom).
          element: atomicNumber(type.split(".")[0] ?? ""),
          ...{ chain: "", isHetero: true, bFactor: Number.NaN, alternate: "" },
        });
        indices.set(id, index);
      } else if (section === "BOND") {
        const [, from = "", to = "", order = ""] = fields;
        const [a, b] = [indices.get(from), indices.get(to)];
        if (a !== undefined && b !== undefined)
          bonds.push({ atoms: [a, b], order: BOND_ORDERS[order.toLowerCase()] ?? 1 });
      }
    }
  }
  if (molecules > 1) builder.warnings.push("only the first of its molecules is shown");
  return builder.build({ bonds, hasAllBonds: bonds.length > 0, structure: undefined, assemblies: [] });
}
