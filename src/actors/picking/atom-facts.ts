import type { Molecule } from "../../formats/data-kinds.ts";
import { OWNERS } from "../../loading/molecule/mesh-builder.ts";
import type { PickFact } from "../../protocol/pick.ts";

/**
 * Describes the atom or the residue at a vertex of a molecule.
 *
 * @param facts of the vertex, with its owner (see `ownersArray`)
 */
export function atomFacts(molecule: Molecule, facts: readonly PickFact[]): PickFact[] {
  const owner = facts.find(({ name }) => name === OWNERS)?.value;
  if (typeof owner !== "number") return [];
  const { residues, chains, residueOfAtom, names, bFactors } = molecule;
  const residue = residues[owner < 0 ? -1 - owner : (residueOfAtom[owner] ?? 0)];
  const chain = chains[residue?.chain ?? 0]?.name ?? "";
  const ofResidue = [
    ...(chain === "" ? [] : [{ name: "chain", value: chain }]),
    ...(residue === undefined || residue.name === ""
      ? []
      : [{ name: "residue", value: `${residue.name} ${residue.number}` }]),
  ];
  if (owner < 0) return [...ofResidue, ...(residue ? [{ name: "structure", value: residue.structure }] : [])];
  const bFactor = bFactors[owner] ?? Number.NaN;
  return [
    ...ofResidue,
    { name: "atom", value: names[owner] ?? "" },
    { name: "number", value: owner },
    ...(Number.isFinite(bFactor) ? [{ name: "B factor", value: bFactor, unit: "Å²" }] : []),
  ];
}
