import type { Molecule, Residue } from "../data-kinds.ts";

/** Residues of a helix or strand in the order of the file, by chain and residue number with insertion code. */
export interface StructureRange {
  readonly structure: "helix" | "sheet";
  readonly chain: string;
  readonly first: string;
  readonly last: string;
}

/**
 * Distances between the C-alpha atoms of residues i to i+4 that are typical of a helix and of a strand, Å, and their tolerance (Zhang and
 * Skolnick 2005, doi:10.1093/nar/gki524): between 1 and 5, 1 and 4, 2 and 5, 1 and 3, 2 and 4, 3 and 5.
 */
const PATTERNS = [
  { structure: "helix", distances: [6.37, 5.18, 5.18, 5.45, 5.45, 5.45], tolerance: 2.1 },
  { structure: "sheet", distances: [13, 10.4, 10.4, 6.1, 6.1, 6.1], tolerance: 1.42 },
] as const;

const PAIRS = [
  [0, 4],
  [0, 3],
  [1, 4],
  [0, 2],
  [1, 3],
  [2, 4],
] as const;

/** Maximum distance between the C-alpha atoms of consecutive residues, Å: 3.8 in a chain without gaps. */
const MAX_STEP = 4.5;

type Backbone = Pick<Molecule, "positions" | "names" | "residueOfAtom" | "residues" | "chains">;

/** Sets the secondary structure of residues, from the ranges of the file or, without ranges, from distances of C-alpha atoms. */
export function assignStructure(
  molecule: Backbone,
  ranges: readonly StructureRange[] | undefined,
): Residue[] {
  return ranges === undefined ? computed(molecule) : fromRanges(molecule, ranges);
}

function fromRanges({ residues, chains }: Backbone, ranges: readonly StructureRange[]): Residue[] {
  const result = [...residues];
  const index = new Map<string, number>();
  for (const [i, { chain, number }] of residues.entries()) {
    const key = `${chains[chain]?.name}\n${number}`;
    if (!index.has(key)) index.set(key, i);
  }
  for (const { structure, chain, first, last } of ranges) {
    const [start, end] = [index.get(`${chain}\n${first}`), index.get(`${chain}\n${last}`)];
    if (start === undefined || end === undefined) continue;
    for (let i = start; i <= end; i += 1) {
      const residue = result[i];
      if (residue !== undefined) result[i] = { ...residue, structure };
    }
  }
  return result;
}

function computed({ positions, names, residueOfAtom, residues }: Backbone): Residue[] {
  const alpha = new Map<number, number>();
  for (const [atom, name] of names.entries()) {
    const residue = residueOfAtom[atom] ?? 0;
    if (name === "CA" && !alpha.has(residue)) alpha.set(residue, atom);
  }
  const distance = (a: number, b: number): number => {
    const [i, j] = [alpha.get(a), alpha.get(b)];
    if (i === undefined || j === undefined) return Number.POSITIVE_INFINITY;
    return Math.hypot(
      ...[0, 1, 2].map((axis) => (positions[3 * i + axis] ?? 0) - (positions[3 * j + axis] ?? 0)),
    );
  };
  return residues.map((residue, middle) => {
    const first = middle - 2;
    const isChain = [0, 1, 2, 3].every((i) => distance(first + i, first + i + 1) < MAX_STEP);
    if (!isChain) return residue;
    const found = PATTERNS.find(({ distances, tolerance }) =>
      PAIRS.every(([a, b], i) => Math.abs(distance(first + a, first + b) - (distances[i] ?? 0)) < tolerance),
    );
    return found === undefined ? residue : { ...residue, structure: found.structure };
  });
}
