export interface PdbAtom {
  readonly record?: "ATOM" | "HETATM";
  readonly serial?: string | number;
  /** Four columns; default: a C-alpha. */
  readonly name?: string;
  readonly alternate?: string;
  readonly residue?: string;
  readonly chain?: string;
  readonly number?: string | number;
  readonly insertion?: string;
  readonly at: readonly [number, number, number];
  readonly bFactor?: number;
  readonly element?: string;
}

/** A line of a PDB file with an atom. */
export function pdbAtom(atom: PdbAtom): string {
  const { record = "ATOM", serial = 1, name = " CA ", alternate = " ", residue = "ALA", chain = "A" } = atom;
  const { number = 1, insertion = " ", at, bFactor = 20, element = "C" } = atom;
  const fields = [
    record.padEnd(6),
    String(serial).padStart(5),
    " ",
    name,
    alternate,
    residue.padStart(3),
    ` ${chain}`,
    String(number).padStart(4),
    insertion,
    "   ",
    ...at.map((value) => value.toFixed(3).padStart(8)),
    "  1.00",
    bFactor.toFixed(2).padStart(6),
    " ".repeat(10),
    element.padStart(2),
  ];
  return fields.join("");
}

/** Water, a double bond to carbon, and an ion. */
export const SMALL_PDB = `${[
  "HEADER    EXAMPLE",
  pdbAtom({ serial: 1, name: " C1 ", residue: "LIG", record: "HETATM", at: [0, 0, 0] }),
  pdbAtom({ serial: 2, name: " O1 ", residue: "LIG", record: "HETATM", at: [1.2, 0, 0], element: "O" }),
  pdbAtom({
    serial: 3,
    name: "ZN  ",
    residue: "ZN",
    number: 2,
    record: "HETATM",
    at: [9, 0, 0],
    element: "ZN",
  }),
  "CONECT    1    2    2",
  "END",
].join("\n")}\n`;
