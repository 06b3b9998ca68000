import { coordinateOrigin, relativeTo } from "../../geometry/coordinate-origin.ts";
import type { Assembly, Chain, Molecule, Residue } from "../data-kinds.ts";
import { DataError } from "../load-error.ts";
import { findBonds } from "./find-bonds.ts";
import { assignStructure, type StructureRange } from "./secondary-structure.ts";

/** Maximum number of atoms of all models. Its arrays and names take about 2 GB. */
const MAX_ATOMS = 20_000_000;

export interface AtomRecord {
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Atomic number; 0: unknown. */
  readonly element: number;
  readonly name: string;
  readonly residueName: string;
  /** With insertion code. */
  readonly residueNumber: string;
  readonly chain: string;
  readonly isHetero: boolean;
  /** NaN: unknown. */
  readonly bFactor: number;
  /** Indicator of an alternate location; "" for an atom with one location. */
  readonly alternate: string;
}

/** A bond of the file between two atoms, by their indices in the first model. */
export interface BondRecord {
  readonly atoms: readonly [number, number];
  /** 1 to 3; 4: aromatic. */
  readonly order: number;
}

export interface MoleculeParts {
  /** Bonds of the file, which precede those found by distance. */
  readonly bonds: readonly BondRecord[];
  /** Whether the file lists all bonds, so that bonds are not searched by distance. */
  readonly hasAllBonds: boolean;
  /** Secondary structure of the file; undefined: computed. */
  readonly structure: readonly StructureRange[] | undefined;
  readonly assemblies: readonly NamedAssembly[];
}

/** An assembly with names of chains instead of their indices. */
export interface NamedAssembly {
  readonly name: string;
  readonly copies: readonly { readonly chains: readonly string[]; readonly matrix: readonly number[] }[];
}

/** Collects the atoms of a file. One of several alternate locations of an atom is kept: that of the first indicator in its residue. */
export class MoleculeBuilder {
  readonly warnings: string[] = [];
  readonly #positions: number[] = [];
  readonly #elements: number[] = [];
  readonly #names: string[] = [];
  readonly #residueOfAtom: number[] = [];
  readonly #bFactors: number[] = [];
  readonly #residues: Residue[] = [];
  readonly #chains: Chain[] = [];
  readonly #chainIndices = new Map<string, number>();
  readonly #models: number[][] = [];
  /** Number of atoms of all models. */
  #count = 0;
  /** Whether the atoms of a model after the first are read. */
  #isLaterModel = false;
  #residueKey = "";
  /** Indicator of the alternate location that is kept in the current residue. */
  #alternate = "";
  #alternates = 0;
  #invalid = 0;

  get atomCount(): number {
    return this.#elements.length;
  }

  /** Begins a model. The first one is begun by its first atom, too. */
  beginModel(): void {
    this.#isLaterModel = this.#elements.length > 0;
    this.#residueKey = "";
    if (this.#isLaterModel) this.#models.push([]);
  }

  /** @returns the index of the atom in its model; undefined if it is left out */
  add(atom: AtomRecord): number | undefined {
    const key = `${atom.chain}\n${atom.residueNumber}\n${atom.residueName}`;
    if (key !== this.#residueKey) {
      // Alternate residues at one place (microheterogeneity) have different names.
      const samePlace =
        this.#alternate !== "" &&
        this.#residueKey.startsWith(`${atom.chain}\n${atom.residueNumber}\n`) &&
        atom.alternate !== "" &&
        atom.alternate !== this.#alternate;
      if (samePlace) {
        this.#alternates += 1;
        return undefined;
      }
      this.#residueKey = key;
      this.#alternate = "";
      if (!this.#isLaterModel) this.#addResidue(atom);
    }
    if (atom.alternate !== "") {
      if (this.#alternate === "") this.#alternate = atom.alternate;
      if (atom.alternate !== this.#alternate) {
        this.#alternates += 1;
        return undefined;
      }
    }
    const { x, y, z } = atom;
    if (!(Math.abs(x) < 1e7 && Math.abs(y) < 1e7 && Math.abs(z) < 1e7)) {
      this.#invalid += 1;
      return undefined;
    }
    this.#count += 1;
    if (this.#count > MAX_ATOMS)
      throw new DataError(`it has more than ${MAX_ATOMS} atoms, which is the maximum`);
    if (this.#isLaterModel) {
      const model = this.#models.at(-1) ?? [];
      return model.push(x, y, z) / 3 - 1;
    }
    this.#positions.push(x, y, z);
    this.#elements.push(atom.element);
    this.#names.push(atom.name);
    this.#bFactors.push(atom.bFactor);
    this.#residueOfAtom.push(this.#residues.length - 1);
    return this.#elements.length - 1;
  }

  /** @throws DataError if there are no atoms */
  build({ bonds, hasAllBonds, structure, assemblies }: MoleculeParts): Molecule {
    if (this.#elements.length === 0) {
      throw new DataError(
        this.#invalid > 0
          ? "none of its atoms has valid coordinates: there is nothing to draw"
          : "there are no atoms in it: there is nothing to draw",
      );
    }
    const { warnings } = this;
    if (this.#alternates > 0) {
      warnings.push(`${this.#alternates} alternate locations of atoms are not shown, only the first of each`);
    }
    if (this.#invalid > 0) warnings.push(`${this.#invalid} atoms without valid coordinates are left out`);
    const models = this.#models.filter((model) => model.length === this.#positions.length);
    if (models.length < this.#models.length) {
      const omitted = this.#models.length - models.length;
      warnings.push(`${omitted} models with another number of atoms than the first are not shown`);
    }
    const origin = coordinateOrigin(this.#positions);
    const positions = relativeTo(origin, this.#positions);
    const elements = Uint8Array.from(this.#elements);
    const residueOfAtom = Uint32Array.from(this.#residueOfAtom);
    const found = hasAllBonds ? new Uint32Array() : findBonds(positions, elements);
    const joined = joinBonds(bonds, found, elements.length);
    const molecule = {
      kind: "molecule",
      origin,
      warnings,
      positions,
      elements,
      names: this.#names,
      residueOfAtom,
      residues: this.#residues,
      chains: this.#chains,
      bFactors: Float32Array.from(this.#bFactors),
      ...joined,
      models: models.map((model) => relativeTo(origin, model)),
      assemblies: assemblies.map((assembly) => this.#withIndices(assembly)),
    } as const;
    return { ...molecule, residues: assignStructure(molecule, structure) };
  }

  #withIndices({ name, copies }: NamedAssembly): Assembly {
    const indices = (chains: readonly string[]) =>
      chains.flatMap((chain) => this.#chainIndices.get(chain) ?? []);
    return { name, copies: copies.map(({ chains, matrix }) => ({ chains: indices(chains), matrix })) };
  }

  #addResidue({ residueName, residueNumber, chain, isHetero }: AtomRecord): void {
    let index = this.#chainIndices.get(chain);
    if (index === undefined) {
      index = this.#chains.push({ name: chain }) - 1;
      this.#chainIndices.set(chain, index);
    }
    this.#residues.push({
      name: residueName,
      number: residueNumber,
      chain: index,
      isHetero,
      structure: "coil",
    });
  }
}

/** Joins the bonds of the file and those found by distance, each pair once. */
function joinBonds(
  given: readonly BondRecord[],
  found: Uint32Array,
  atoms: number,
): { bonds: Uint32Array; bondOrders: Uint8Array } {
  const orders = new Map<number, number>();
  const key = (a: number, b: number): number => Math.min(a, b) * atoms + Math.max(a, b);
  for (const {
    atoms: [a, b],
    order,
  } of given) {
    if (a !== b && a < atoms && b < atoms) orders.set(key(a, b), Math.max(order, orders.get(key(a, b)) ?? 0));
  }
  for (let i = 0; i < found.length; i += 2) {
    const pair = key(found[i] ?? 0, found[i + 1] ?? 0);
    if (!orders.has(pair)) orders.set(pair, 1);
  }
  const bonds = new Uint32Array(2 * orders.size);
  const bondOrders = new Uint8Array(orders.size);
  let i = 0;
  for (const [pair, order] of orders) {
    bonds[2 * i] = Math.floor(pair / atoms);
    bonds[2 * i + 1] = pair % atoms;
    bondOrders[i] = order;
    i += 1;
  }
  return { bonds, bondOrders };
}
