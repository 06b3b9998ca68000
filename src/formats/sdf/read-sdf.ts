import type { Molecule } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { atomicNumber } from "../molecule/elements.ts";
import { type BondRecord, MoleculeBuilder } from "../molecule/molecule-builder.ts";
import { textLines } from "../text-lines.ts";

/**
 * Reads the first molecule of a connection table (CTfile formats, V2000 and V3000, by Dassault Systèmes).
 *
 * @throws DataError for damaged data
 */
export async function readSdf({ source }: ReadContext): Promise<Molecule> {
  const lines: string[] = [];
  let count = 0;
  for await (const block of textLines(source)) {
    for (const line of block) {
      if (line.startsWith("$$$$")) count += 1;
      else if (count === 0) lines.push(line);
      else if (line.trim() !== "" && count === 1) count = 2;
    }
  }
  const builder = new MoleculeBuilder();
  builder.beginModel();
  const bonds = (lines[3] ?? "").includes("V3000") ? readV3000(lines, builder) : readV2000(lines, builder);
  if (count > 1) builder.warnings.push("only the first of its molecules is shown");
  return builder.build({ bonds, hasAllBonds: true, structure: undefined, assemblies: [] });
}

/** Columns: x, y and z of 10 each, the symbol in 32 to 34; bonds of three columns each. */
function readV2000(lines: readonly string[], builder: MoleculeBuilder): BondRecord[] {
  const counts = lines[3] ?? "";
  const [atoms, bondCount] = [Number(counts.slice(0, 3)), Number(counts.slice(3, 6))];
  if (!Number.isInteger(atoms) || !Number.isInteger(bondCount)) {
    throw new DataError("its fourth line must have the numbers of atoms and bonds");
  }
  checkLength(lines, 4 + atoms + bondCount);
  const indices = lines.slice(4, 4 + atoms).map((line) =>
    addAtom(builder, {
      position: [0, 10, 20].map((at) => Number(line.slice(at, at + 10))),
      symbol: line.slice(31, 34),
    }),
  );
  return lines.slice(4 + atoms, 4 + atoms + bondCount).flatMap((line) => {
    const [from = 0, to = 0, order = 1] = [0, 3, 6].map((at) => Number(line.slice(at, at + 3)));
    return bondBetween(indices[from - 1], indices[to - 1], order);
  });
}

/** "M  V30 1 C 0.5 1 2 0" in the blocks ATOM and BOND; a line that ends with "-" continues in the next. */
function readV3000(lines: readonly string[], builder: MoleculeBuilder): BondRecord[] {
  const text = lines
    .map((line) => line.replace(/^M {2}V30 /, "\n").trimEnd())
    .join("")
    .replace(/-\n/g, "");
  const block = (name: string): string[][] =>
    (new RegExp(`\\nBEGIN ${name}\\n([^]*?)\\nEND ${name}`).exec(text)?.[1] ?? "")
      .split("\n")
      .map((line) => line.trim().split(/\s+/));
  const indices = new Map<string, number | undefined>();
  for (const [id = "", symbol = "", ...values] of block("ATOM")) {
    indices.set(id, addAtom(builder, { position: values.slice(0, 3).map(Number), symbol }));
  }
  return block("BOND").flatMap(([, order = "1", from = "", to = ""]) =>
    bondBetween(indices.get(from), indices.get(to), Number(order)),
  );
}

function addAtom(
  builder: MoleculeBuilder,
  { position, symbol }: { readonly position: readonly number[]; readonly symbol: string },
): number | undefined {
  const [x = Number.NaN, y = Number.NaN, z = Number.NaN] = position;
  return builder.add({
    ...{ x, y, z, element: atomicNumber(symbol), name: symbol.trim() },
    ...{ residueName: "", residueNumber: "", chain: "", isHetero: true, bFactor: Number.NaN, alternate: "" },
  });
}

function bondBetween(from: number | undefined, to: number | undefined, order: number): BondRecord[] {
  if (from === undefined || to === undefined) return [];
  return [{ atoms: [from, to], order: order >= 1 && order <= 4 ? Math.floor(order) : 1 }];
}

function checkLength(lines: readonly string[], needed: number): void {
  if (lines.length < needed) {
    throw new DataError(`it ends before its last atom or bond: ${lines.length} lines of ${needed}`);
  }
}
