import { afterAll, beforeAll, expect, test } from "bun:test";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { atomAt, bondNames, readMolecule } from "./read-molecule.ts";
import { FORMALDEHYDE_MOL2, FORMALDEHYDE_SDF } from "./small-molecules.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

test("an SDF file has the atoms and bonds of its first molecule", async () => {
  const molecule = await readMolecule(directory, "a.sdf", FORMALDEHYDE_SDF + FORMALDEHYDE_SDF);
  expect([...molecule.elements]).toEqual([6, 8, 1, 1]);
  expect(atomAt(molecule, 1)).toEqual([1.2, 0, 0]);
  expect(bondNames(molecule)).toEqual(["C-H", "C-H", "C-O"]);
  expect([...molecule.bondOrders].toSorted()).toEqual([1, 1, 2]);
  expect(molecule.warnings).toEqual(["only the first of its molecules is shown"]);
});

test("a V3000 connection table is read, also with continued lines", async () => {
  const molecule = await readMolecule(
    directory,
    "b.mol",
    `name
  program

  0  0  0     0  0            999 V3000
M  V30 BEGIN CTAB
M  V30 COUNTS 2 1 0 0 0
M  V30 BEGIN ATOM
M  V30 1 C 0.5 -
M  V30 1.5 2.5 0
M  V30 2 N -1 0 0 0
M  V30 END ATOM
M  V30 BEGIN BOND
M  V30 1 3 1 2
M  V30 END BOND
M  V30 END CTAB
M  END
`,
  );
  expect(atomAt(molecule, 0)).toEqual([0.5, 1.5, 2.5]);
  expect([bondNames(molecule), [...molecule.bondOrders]]).toEqual([["C-N"], [3]]);
});

test("a MOL2 file has the atoms, bonds and residues of its first molecule", async () => {
  const molecule = await readMolecule(directory, "a.mol2", FORMALDEHYDE_MOL2);
  expect([...molecule.elements]).toEqual([6, 8, 1, 1]);
  expect(atomAt(molecule, 2)).toEqual([-0.6, 0.94, 0]);
  expect(bondNames(molecule)).toEqual(["C1-H1", "C1-H2", "C1-O1"]);
  expect([...molecule.bondOrders].toSorted()).toEqual([1, 1, 2]);
});

test("a connection table that ends too early is one sentence", async () => {
  const cut = FORMALDEHYDE_SDF.split("\n").slice(0, 6).join("\n");
  const error = await readMolecule(directory, "cut.sdf", cut).catch((reason: unknown) => reason);
  expect(String(error)).toContain("it ends before its last atom or bond: 6 lines of 11");
});
