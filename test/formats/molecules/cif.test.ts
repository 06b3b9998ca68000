import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { decodeMessagePack } from "../../../src/formats/cif/message-pack.ts";
import { LoadError } from "../../../src/formats/load-error.ts";
import { TemporaryDirectory } from "../../support/temporary-directory.ts";
import { atomAt, bondNames, readMolecule } from "./read-molecule.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

const read = (content: string) => readMolecule(directory, "a.cif", content);

describe("an mmCIF file", () => {
  test("items of atoms can be in any order; values can be quoted or between semicolons", async () => {
    const molecule = await read(`data_X
# a comment
_entry.id X
_struct.title 'it''s a "title" with data_'
_other.text
;loop_
_atom_site.id
;
loop_
_atom_site.Cartn_z
_atom_site.auth_asym_id
_atom_site.label_atom_id
_atom_site.type_symbol
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.auth_seq_id
3.5 A "C1'" C 1.5(3) 2.5 7
-3 A 'O5''' FE3+
-1 -2 7
loop_
_other.loop
a b
`);
    expect([atomAt(molecule, 0), atomAt(molecule, 1)]).toEqual([
      [1.5, 2.5, 3.5],
      [-1, -2, -3],
    ]);
    expect(molecule.names).toEqual(["C1'", "O5''"]);
    expect([...molecule.elements]).toEqual([6, 26]);
    expect(molecule.residues.map(({ number }) => number)).toEqual(["7"]);
  });

  test("connections, secondary structure and assemblies are read", async () => {
    const molecule = await read(`data_X
loop_
_atom_site.group_PDB
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_alt_id
_atom_site.auth_comp_id
_atom_site.label_asym_id
_atom_site.auth_seq_id
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.auth_asym_id
ATOM ZN ZN . HIS A 1 0 0 0 P
ATOM N NE2 . HIS A 2 2.1 0 0 P
ATOM N NE2 . HIS B 3 4 0 0 Q
loop_
_struct_conn.conn_type_id
_struct_conn.ptnr1_auth_asym_id
_struct_conn.ptnr1_auth_seq_id
_struct_conn.ptnr1_auth_comp_id
_struct_conn.ptnr1_label_atom_id
_struct_conn.ptnr2_auth_asym_id
_struct_conn.ptnr2_auth_seq_id
_struct_conn.ptnr2_auth_comp_id
_struct_conn.ptnr2_label_atom_id
metalc P 1 HIS ZN P 2 HIS NE2
hydrog P 1 HIS ZN Q 3 HIS NE2
_struct_conf.conf_type_id HELX_P
_struct_conf.beg_auth_asym_id P
_struct_conf.beg_auth_seq_id 1
_struct_conf.end_auth_seq_id 2
loop_
_pdbx_struct_assembly_gen.assembly_id
_pdbx_struct_assembly_gen.oper_expression
_pdbx_struct_assembly_gen.asym_id_list
1 '(1-2)(3)' A,B
loop_
_pdbx_struct_oper_list.id
${[1, 2, 3].flatMap((i) => [...[1, 2, 3].map((j) => `_pdbx_struct_oper_list.matrix[${i}][${j}]`), `_pdbx_struct_oper_list.vector[${i}]`]).join("\n")}
1 1 0 0 0 0 1 0 0 0 0 1 0
2 1 0 0 5 0 1 0 0 0 0 1 0
3 -1 0 0 0 0 -1 0 0 0 0 1 1
`);
    expect(bondNames(molecule)).toEqual(["NE2-ZN"]);
    expect(molecule.residues.map(({ structure }) => structure)).toEqual(["helix", "helix", "coil"]);
    const [assembly] = molecule.assemblies;
    expect(assembly?.copies.map(({ chains }) => chains)).toEqual([
      [0, 1],
      [0, 1],
    ]);
    // Operator 3 is applied before operator 2.
    expect(assembly?.copies[1]?.matrix).toEqual([-1, 0, 0, 5, 0, -1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1]);
  });

  test("connections without the author's numbers are found by the labels", async () => {
    const molecule = await read(`data_X
loop_
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_comp_id
_atom_site.label_asym_id
_atom_site.label_seq_id
_atom_site.auth_asym_id
_atom_site.auth_seq_id
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
ZN ZN ZN A . P 301 0 0 0
N NE2 HIS B 2 P 94 2.1 0 0
N NE2 HIS B 4 P 96 0 2.1 0
loop_
_struct_conn.conn_type_id
_struct_conn.ptnr1_label_asym_id
_struct_conn.ptnr1_label_seq_id
_struct_conn.ptnr1_label_comp_id
_struct_conn.ptnr1_label_atom_id
_struct_conn.ptnr2_label_asym_id
_struct_conn.ptnr2_label_seq_id
_struct_conn.ptnr2_label_comp_id
_struct_conn.ptnr2_label_atom_id
metalc A . ZN ZN B 2 HIS NE2
metalc A . ZN ZN B 4 HIS NE2
`);
    expect([...molecule.bonds]).toEqual([0, 1, 0, 2]);
    expect(molecule.residues.map(({ number }) => number)).toEqual(["301", "94", "96"]);
  });

  test("the models of a solution structure have the atoms of the first, without alternate locations", async () => {
    const atom = (model: number, name: string, x: number): string => `C ${name} GLY A 1 ${x} 0 0 ${model}`;
    const molecule = await read(`data_NMR
loop_
_atom_site.type_symbol
_atom_site.label_atom_id
_atom_site.label_comp_id
_atom_site.label_asym_id
_atom_site.label_seq_id
_atom_site.Cartn_x
_atom_site.Cartn_y
_atom_site.Cartn_z
_atom_site.pdbx_PDB_model_num
${[1, 2, 3].flatMap((model) => [atom(model, "CA", model), atom(model, "C", model + 1.5)]).join("\n")}
`);
    expect(molecule.names).toEqual(["CA", "C"]);
    expect(bondNames(molecule)).toEqual(["C-CA"]);
    const xs = molecule.models.map((positions) => (positions[0] ?? 0) + molecule.origin[0]);
    expect(xs).toEqual([2, 3]);
    expect(molecule.warnings).toEqual([]);
  });

  test("fractional coordinates of a crystal are converted by its unit cell", async () => {
    const molecule = await read(`data_salt
_cell_length_a 4
_cell_length_b 5
_cell_length_c 6(1)
_cell_angle_alpha 90
_cell_angle_beta 90
_cell_angle_gamma 120
loop_
_atom_site_label
_atom_site_fract_x
_atom_site_fract_y
_atom_site_fract_z
Na1 0.5 0 0.5
Cl1 0 0.4 0
loop_
_atom_site_aniso_label
_atom_site_aniso_U_11
Na1 0.1
`);
    expect([...molecule.elements]).toEqual([11, 17]);
    expect(atomAt(molecule, 0)).toEqual([2, 0, 3]);
    expect(atomAt(molecule, 1)).toEqual([-1, 1.732, 0]);
  });

  test("a component has the bonds and ideal coordinates of its definition", async () => {
    const molecule = await read(`data_CO2
loop_
_chem_comp_atom.atom_id
_chem_comp_atom.type_symbol
_chem_comp_atom.pdbx_model_Cartn_x_ideal
_chem_comp_atom.pdbx_model_Cartn_y_ideal
_chem_comp_atom.pdbx_model_Cartn_z_ideal
C C 0 0 0
O1 O 5 0 0
loop_
_chem_comp_bond.atom_id_1
_chem_comp_bond.atom_id_2
_chem_comp_bond.value_order
C O1 DOUB
`);
    expect([bondNames(molecule), [...molecule.bondOrders]]).toEqual([["C-O1"], [2]]);
  });

  test("a file without atoms is one sentence", async () => {
    const error = await read("data_X\n_entry.id X\n").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(LoadError);
    expect(String(error)).toContain("there are no atoms (_atom_site) in it");
  });
});

describe("a BinaryCIF file", () => {
  const file = (name: string) => readFileSync(join(import.meta.dir, name));

  test("a file that Mol* has written is equal to the mmCIF file that it was made of", async () => {
    const binary = await readMolecule(directory, "helix.bcif", file("helix.bcif"));
    const text = await readMolecule(directory, "helix.cif", file("helix.cif"));
    expect(binary.elements.length).toBe(41);
    expect(binary).toEqual(text);
  });

  test("each part of the file is refused with a sentence or read as far as it goes", async () => {
    const whole = file("helix.bcif");
    for (let length = 200; length < whole.length; length += 97) {
      const outcome = await readMolecule(directory, "cut.bcif", whole.subarray(0, length)).catch(
        (e: unknown) => e,
      );
      expect(outcome).toBeInstanceOf(LoadError);
    }
  });

  test("MessagePack values of all types are decoded; damaged ones are refused", () => {
    const bytes = (...values: number[]) => Uint8Array.from(values);
    expect(decodeMessagePack(bytes(0x93, 0x7f, 0xff, 0xcd, 1, 0))).toEqual([127, -1, 256]);
    expect(decodeMessagePack(bytes(0x81, 0xa1, 97, 0xcb, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0))).toEqual(
      new Map([["a", 1.5]]),
    );
    expect(decodeMessagePack(bytes(0xc4, 2, 8, 9))).toEqual(bytes(8, 9));
    expect(decodeMessagePack(bytes(0xd1, 0xff, 0xfe))).toBe(-2);
    expect(() => decodeMessagePack(bytes(0xdd, 0xff, 0xff, 0xff, 0xff))).toThrow(
      "it ends in the middle of a value",
    );
    expect(() => decodeMessagePack(bytes(...Array(200).fill(0x91)))).toThrow("nested too deeply");
  });
});
