import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LoadError } from "../../../src/formats/load-error.ts";
import { parseHybrid36 } from "../../../src/formats/pdb/hybrid-36.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { realFiles } from "../shared-data.ts";
import { pdbAtom, SMALL_PDB } from "./pdb-file.ts";
import { atomAt, bondNames, readMolecule } from "./read-molecule.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

const read = (...lines: string[]) => readMolecule(directory, "a.pdb", `${lines.join("\n")}\n`);

describe("a PDB file", () => {
  test("atoms have the coordinates, names, residues, chains and B factors of their columns", async () => {
    const molecule = await read(
      pdbAtom({ at: [-123.456, 1.5, 999.25], bFactor: 12.5, number: 52, insertion: "A", chain: "B" }),
      pdbAtom({
        serial: 2,
        name: " N  ",
        at: [-100.125, -100.5, -999.999],
        number: 53,
        chain: "B",
        element: "N",
      }),
    );
    expect(atomAt(molecule, 0)).toEqual([-123.456, 1.5, 999.25]);
    // Fields without a blank between them.
    expect(atomAt(molecule, 1)).toEqual([-100.125, -100.5, -999.999]);
    expect(molecule.residues).toMatchObject([
      { name: "ALA", number: "52A", chain: 0 },
      { name: "ALA", number: "53", chain: 0 },
    ]);
    expect([molecule.chains, [...molecule.elements], molecule.bFactors[0]]).toEqual([
      [{ name: "B" }],
      [6, 7],
      12.5,
    ]);
  });

  test("bonds are those of CONECT records, whose repetition is the order, and covalent ones by distance", async () => {
    const molecule = await readMolecule(directory, "b.pdb", SMALL_PDB);
    expect([bondNames(molecule), [...molecule.bondOrders]]).toEqual([["C1-O1"], [2]]);
    const water = await read(
      pdbAtom({ name: " O  ", residue: "HOH", at: [0, 0, 0], element: "O" }),
      pdbAtom({ name: " H1 ", residue: "HOH", at: [0.96, 0, 0], element: "H" }),
      pdbAtom({ name: " H2 ", residue: "HOH", at: [-0.24, 0.93, 0], element: "H" }),
      pdbAtom({ name: "ZN  ", residue: "ZN", at: [0, -2, 0], element: "ZN" }),
    );
    expect(bondNames(water)).toEqual(["H1-O", "H2-O"]);
  });

  test("CONECT records with serial numbers between blanks instead of columns make no bonds across the molecule", async () => {
    const atoms = [1, 2, 10, 101, 1012].map((serial, i) =>
      pdbAtom({ serial, name: ` C${i} `, at: [3 * i, 0, 0] }),
    );
    expect(bondNames(await read(...atoms, "CONECT 101 10 1012"))).toEqual(["C2-C3", "C3-C4"]);
    const far = await read(...atoms, "CONECT    1 1012");
    expect(bondNames(far)).toEqual([]);
    expect(far.warnings).toEqual(["1 bonds (CONECT) of more than 5 Å are left out"]);
  });

  test("of alternate locations the first is kept, for atoms and for whole residues", async () => {
    const molecule = await read(
      pdbAtom({ name: " CB ", alternate: "B", at: [1, 0, 0] }),
      pdbAtom({ name: " CB ", alternate: "A", at: [2, 0, 0] }),
      pdbAtom({ name: " CG ", alternate: "B", at: [3, 0, 0] }),
      pdbAtom({ number: 2, residue: "SER", alternate: "A", at: [5, 0, 0] }),
      pdbAtom({ number: 2, residue: "THR", alternate: "B", at: [6, 0, 0] }),
      pdbAtom({ number: 3, at: [9, 0, 0] }),
    );
    expect([0, 1, 2, 3].map((atom) => atomAt(molecule, atom)[0])).toEqual([1, 3, 5, 9]);
    expect(molecule.residues.map(({ name }) => name)).toEqual(["ALA", "SER", "ALA"]);
    expect(molecule.warnings).toEqual([
      "2 alternate locations of atoms are not shown, only the first of each",
    ]);
  });

  test("models with as many atoms as the first are read; others are a warning", async () => {
    const model = (n: number, ...xs: number[]) => [
      `MODEL ${String(n).padStart(8)}`,
      ...xs.map((x, i) => pdbAtom({ serial: i + 1, number: i + 1, at: [x, 0, 0] })),
      "ENDMDL",
    ];
    const molecule = await read(...model(1, 1, 2), ...model(2, 3, 4), ...model(3, 5));
    const xs = molecule.models.map((positions) =>
      [0, 3].map((i) => (positions[i] ?? 0) + molecule.origin[0]),
    );
    expect(xs).toEqual([[3, 4]]);
    expect([molecule.elements.length, molecule.residues.length]).toEqual([2, 2]);
    expect(molecule.warnings).toEqual(["1 models with another number of atoms than the first are not shown"]);
  });

  test("serial and residue numbers above the decimal range are hybrid-36, or asterisks", async () => {
    expect([parseHybrid36("99999", 5), parseHybrid36("A0000", 5), parseHybrid36("A0001", 5)]).toEqual([
      99999, 100000, 100001,
    ]);
    expect([parseHybrid36("ZZZZZ", 5), parseHybrid36("a0000", 5), parseHybrid36("zzzzz", 5)]).toEqual([
      43770015, 43770016, 87440031,
    ]);
    expect([parseHybrid36("*****", 5), parseHybrid36("A000", 4)]).toEqual([undefined, 10000]);
    const molecule = await read(
      pdbAtom({ serial: "A0000", number: "A000", at: [0, 0, 0], name: " C1 " }),
      pdbAtom({ serial: "*****", number: "A000", at: [1.5, 0, 0], name: " C2 " }),
    );
    expect(molecule.residues[0]?.number).toBe("10000");
    expect(bondNames(molecule)).toEqual(["C1-C2"]);
  });

  test("a coarse-grained model has beads without elements, and no bonds between them", async () => {
    const beads = [" BB ", " SC1", " SC2", " BB ", " SC1"].map((name, i) =>
      pdbAtom({
        serial: i + 1,
        name,
        number: i < 3 ? 1 : 2,
        residue: i < 3 ? "TYR" : "ALA",
        at: [3.2 * i, 0, 0],
        element: "",
      }).trimEnd(),
    );
    const molecule = await read(...beads);
    expect(molecule.names).toEqual(["BB", "SC1", "SC2", "BB", "SC1"]);
    expect(molecule.elements.length).toBe(5);
    expect([bondNames(molecule), molecule.residues.length, molecule.warnings]).toEqual([[], 2, []]);
  });

  test("without a column of elements the element is that of the name; lines may end with CRLF", async () => {
    const line = (name: string, record: "ATOM" | "HETATM" = "ATOM") =>
      pdbAtom({ name, record, at: [0, 0, 0], element: "" }).trimEnd();
    const names = [" CA ", "CA  ", "HG11", " SG ", "FE  ", "1HB ", " N  "];
    const content = names
      .map((name) => line(name, name === "CA  " || name === "FE  " ? "HETATM" : "ATOM"))
      .join("\r\n");
    const molecule = await readMolecule(directory, "crlf.pdb", content);
    expect([...molecule.elements]).toEqual([6, 20, 1, 16, 26, 1, 7]);
  });

  test("helices and strands are those of the file, or found by the distances of C-alpha atoms", async () => {
    const angle = (i: number) => (100 * i * Math.PI) / 180;
    const helix = Array.from({ length: 10 }, (_, i) =>
      pdbAtom({ number: i + 1, at: [2.3 * Math.cos(angle(i)), 2.3 * Math.sin(angle(i)), 1.5 * i] }),
    );
    const strand = Array.from({ length: 8 }, (_, i) =>
      pdbAtom({ number: i + 1, chain: "B", at: [30 + 3.3 * i, i % 2 === 0 ? 0.9 : -0.9, 0] }),
    );
    const found = await read(...helix, ...strand);
    const structures = found.residues.map(({ structure }) => structure[0]).join("");
    expect(structures).toBe("cchhhhhhccccsssscc");
    const given = await read(
      "HELIX    1   1 ALA A    2  ALA A    4  1                                   3",
      "SHEET    1   A 2 ALA B   1  ALA B   3  0",
      ...helix,
      ...strand,
    );
    expect(given.residues.map(({ structure }) => structure[0]).join("")).toBe("chhhccccccsssccccc");
  });

  test("assemblies are those of REMARK 350", async () => {
    const molecule = await read(
      "REMARK 350 BIOMOLECULE: 1",
      "REMARK 350 APPLY THE FOLLOWING TO CHAINS: A,",
      "REMARK 350                    AND CHAINS: B",
      "REMARK 350   BIOMT1   1  1.000000  0.000000  0.000000        0.00000",
      "REMARK 350   BIOMT2   1  0.000000  1.000000  0.000000        0.00000",
      "REMARK 350   BIOMT3   1  0.000000  0.000000  1.000000        0.00000",
      "REMARK 350   BIOMT1   2 -1.000000  0.000000  0.000000       10.50000",
      "REMARK 350   BIOMT2   2  0.000000 -1.000000  0.000000        0.00000",
      "REMARK 350   BIOMT3   2  0.000000  0.000000  1.000000        0.00000",
      pdbAtom({ chain: "A", at: [0, 0, 0] }),
      pdbAtom({ chain: "B", at: [5, 0, 0] }),
    );
    expect(molecule.assemblies).toMatchObject([
      { name: "1", copies: [{ chains: [0, 1] }, { chains: [0, 1] }] },
    ]);
    expect(molecule.assemblies[0]?.copies[1]?.matrix.slice(0, 4)).toEqual([-1, 0, 0, 10.5]);
  });

  test("a file without atoms, and coordinates that are not numbers, are one sentence", async () => {
    const failure = async (...lines: string[]) => await read(...lines).catch((error: unknown) => error);
    const none = await failure("HEADER    EMPTY", "REMARK   1", "END");
    expect(none).toBeInstanceOf(LoadError);
    expect(String(none)).toContain("there are no atoms in it");
    const stars = pdbAtom({ at: [0, 0, 0] }).replace("   0.000", "********");
    expect((await read(stars, pdbAtom({ number: 2, at: [1, 2, 3] }))).warnings).toEqual([
      "1 atoms without valid coordinates are left out",
    ]);
  });
});

test("crambin has the atoms, bonds and disulfide bridges of its entry (needs ../shared)", async () => {
  for (const path of realFiles("1crn.pdb")) {
    const molecule = await readMolecule(
      directory,
      "1crn.pdb",
      new Uint8Array(await Bun.file(path).arrayBuffer()),
    );
    expect([molecule.elements.length, molecule.residues.length]).toEqual([327, 46]);
    expect(bondNames(molecule).filter((name) => name === "SG-SG")).toHaveLength(3);
    expect(molecule.residues.filter(({ structure }) => structure === "helix").length).toBeGreaterThan(15);
  }
});
