import type { Molecule } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { atomicNumber } from "../molecule/elements.ts";
import { type BondRecord, MoleculeBuilder, type NamedAssembly } from "../molecule/molecule-builder.ts";
import type { StructureRange } from "../molecule/secondary-structure.ts";
import { textLines } from "../text-lines.ts";
import { parseHybrid36 } from "./hybrid-36.ts";

/** Maximum length of a bond of a CONECT record, Å: longer ones come from serial numbers in other columns than they should be. */
const MAX_BOND = 5;

/**
 * Reads a PDB file (format 3.3, https://www.wwpdb.org/documentation/file-format): by columns, since fields are not separated by blanks.
 *
 * @throws DataError if there are no atoms
 */
export async function readPdb({ source }: ReadContext): Promise<Molecule> {
  const reader = new PdbReader();
  for await (const lines of textLines(source)) for (const line of lines) reader.read(line);
  return reader.finish();
}

class PdbReader {
  readonly #builder = new MoleculeBuilder();
  /** Index of the atom of each serial number, of the first model. */
  readonly #serials = new Map<number, number>();
  readonly #positions: number[] = [];
  readonly #connections: (readonly number[])[] = [];
  readonly #structure: StructureRange[] = [];
  readonly #assemblies = new AssemblyReader();
  #models = 0;

  read(line: string): void {
    switch (line.slice(0, 6).trimEnd()) {
      case "ATOM":
        this.#readAtom(line, false);
        break;
      case "HETATM":
        this.#readAtom(line, true);
        break;
      case "MODEL":
        this.#models += 1;
        this.#builder.beginModel();
        break;
      case "CONECT":
        this.#connections.push(connectedSerials(line, this.#serials));
        break;
      case "HELIX":
        this.#addRange("helix", line, [19, 21, 26], [31, 33, 38]);
        break;
      case "SHEET":
        this.#addRange("sheet", line, [21, 22, 27], [32, 33, 38]);
        break;
      case "REMARK":
        if (line.startsWith("REMARK 350")) this.#assemblies.read(line.slice(11));
        break;
    }
  }

  finish(): Molecule {
    const structure = this.#structure.length > 0 ? this.#structure : undefined;
    return this.#builder.build({
      bonds: this.#bonds(),
      hasAllBonds: false,
      structure,
      assemblies: this.#assemblies.finish(),
    });
  }

  #readAtom(line: string, isHetero: boolean): void {
    const field = (first: number, last: number): string => line.slice(first - 1, last).trim();
    const name = line.slice(12, 16);
    const bFactor = field(61, 66);
    const atom = {
      x: coordinate(field(31, 38)),
      y: coordinate(field(39, 46)),
      z: coordinate(field(47, 54)),
      element: elementOf(field(77, 78), name, isHetero),
      name: name.trim(),
      residueName: field(18, 20),
      residueNumber: residueNumber(line.slice(22, 26)) + field(27, 27),
      chain: field(22, 22),
      isHetero,
      bFactor: bFactor === "" ? Number.NaN : Number(bFactor),
      alternate: field(17, 17),
    };
    const index = this.#builder.add(atom);
    if (index === undefined || this.#models > 1) return;
    const serial = parseHybrid36(field(7, 11), 5);
    if (serial !== undefined && !this.#serials.has(serial)) this.#serials.set(serial, index);
    this.#positions[3 * index] = atom.x;
    this.#positions[3 * index + 1] = atom.y;
    this.#positions[3 * index + 2] = atom.z;
  }

  /** @param first columns of the chain, and the first and last of the residue number with insertion code */
  #addRange(
    structure: "helix" | "sheet",
    line: string,
    first: readonly [number, number, number],
    last: readonly [number, number, number],
  ): void {
    const chain = line.charAt(first[0]).trim();
    const number = ([, start, end]: readonly [number, number, number]): string =>
      residueNumber(line.slice(start, start + 4)) + line.slice(end - 1, end).trim();
    this.#structure.push({ structure, chain, first: number(first), last: number(last) });
  }

  /** The bonds of the CONECT records; a pair that is repeated is a double or triple bond. */
  #bonds(): BondRecord[] {
    const bonds = new Map<string, { atoms: readonly [number, number]; order: number }>();
    let [long, unknown] = [0, 0];
    for (const [first, ...others] of this.#connections) {
      const from = this.#serials.get(first ?? -1);
      const repeated = new Map<number, number>();
      for (const serial of others) {
        const to = this.#serials.get(serial);
        if (from === undefined || to === undefined) {
          unknown += 1;
          continue;
        }
        if (this.#distance(from, to) > MAX_BOND) {
          long += 1;
          continue;
        }
        repeated.set(to, (repeated.get(to) ?? 0) + 1);
      }
      for (const [to, order] of repeated) {
        if (from === undefined) continue;
        const key = `${Math.min(from, to)},${Math.max(from, to)}`;
        bonds.set(key, {
          atoms: [from, to],
          order: Math.min(3, Math.max(order, bonds.get(key)?.order ?? 0)),
        });
      }
    }
    const { warnings } = this.#builder;
    if (long > 0) warnings.push(`${long} bonds (CONECT) of more than ${MAX_BOND} Å are left out`);
    if (unknown > 0) warnings.push(`${unknown} bonds (CONECT) of atoms that are not shown are left out`);
    return [...bonds.values()];
  }

  #distance(a: number, b: number): number {
    const at = (atom: number, axis: number): number => this.#positions[3 * atom + axis] ?? Number.NaN;
    return Math.hypot(...[0, 1, 2].map((axis) => at(a, axis) - at(b, axis)));
  }
}

/** Reads the transformations of REMARK 350: "BIOMOLECULE: 1", "APPLY THE FOLLOWING TO CHAINS: A, B", "BIOMT1   1 …". */
class AssemblyReader {
  readonly #assemblies: (NamedAssembly & { copies: { chains: string[]; matrix: number[] }[] })[] = [];
  #chains: string[] = [];
  #matrix: number[] = [];

  read(text: string): void {
    const [, name] = /^\s*BIOMOLECULE:\s*(\S+)/.exec(text) ?? [];
    if (name !== undefined) {
      this.#assemblies.push({ name, copies: [] });
      this.#chains = [];
    }
    const [, continued, chains] = /(AND)? CHAINS:\s*(.*)$/.exec(text) ?? [];
    if (chains !== undefined) {
      if (continued === undefined) this.#chains = [];
      this.#chains.push(
        ...chains
          .split(",")
          .map((chain) => chain.trim())
          .filter((chain) => chain !== ""),
      );
    }
    const [, row, values] = /^\s*BIOMT([123])\s+\d+\s+(.*)$/.exec(text) ?? [];
    if (row === undefined) return;
    if (row === "1") this.#matrix = [];
    this.#matrix.push(...(values ?? "").trim().split(/\s+/).slice(0, 4).map(Number));
    if (row !== "3" || this.#matrix.length !== 12 || !this.#matrix.every(Number.isFinite)) return;
    this.#assemblies
      .at(-1)
      ?.copies.push({ chains: [...this.#chains], matrix: [...this.#matrix, 0, 0, 0, 1] });
  }

  finish(): NamedAssembly[] {
    return this.#assemblies.filter(({ copies }) => copies.length > 0);
  }
}

/** Serial numbers of a CONECT record: in columns of five or, where those are no serial numbers of the file, between blanks. */
function connectedSerials(line: string, known: ReadonlyMap<number, number>): number[] {
  const columns: number[] = [];
  for (let at = 6; at < Math.min(line.length, 31); at += 5) {
    const serial = parseHybrid36(line.slice(at, at + 5).trim(), 5);
    if (serial !== undefined) columns.push(serial);
  }
  if (columns.length > 1 && columns.every((serial) => known.has(serial))) return columns;
  const words = line
    .slice(6)
    .trim()
    .split(/\s+/)
    .flatMap((word) => parseHybrid36(word, 5) ?? []);
  return words.length > 1 && words.every((serial) => known.has(serial)) ? words : columns;
}

/** A residue number is hybrid-36 in files with more than 9,999 residues. */
function residueNumber(field: string): string {
  const text = field.trim();
  return String(parseHybrid36(text, 4) ?? text);
}

function coordinate(field: string): number {
  return field === "" ? Number.NaN : Number(field);
}

/**
 * The element of an atom: from its columns or, in files without them, from the name, where the symbol ends in the second column: " CA " is
 * a carbon, "CA  " is calcium.
 */
function elementOf(symbol: string, name: string, isHetero: boolean): number {
  const given = atomicNumber(symbol);
  if (given > 0) return given;
  const first = name.slice(0, 2);
  if (/^[A-Z][A-Z]$/i.test(first)) {
    // Names of four characters begin in the first column: HG11 is a hydrogen.
    if (name.trim().length === 4 && first.startsWith("H")) return 1;
    const metal = atomicNumber(first);
    if (metal > 0 && (isHetero || !/^(C[A-Z]|H[A-Z]|N[A-Z]|O[A-Z]|S[A-Z])$/i.test(first))) return metal;
  }
  return atomicNumber(name.replace(/[^A-Za-z]/g, "").charAt(0));
}
