import type { Molecule } from "../data-kinds.ts";
import { DataError } from "../load-error.ts";
import { atomicNumber } from "../molecule/elements.ts";
import { type BondRecord, MoleculeBuilder, type NamedAssembly } from "../molecule/molecule-builder.ts";
import type { StructureRange } from "../molecule/secondary-structure.ts";
import { assembliesOf } from "./assemblies.ts";
import type { Categories, Category } from "./category.ts";

const BOND_ORDERS: Readonly<Record<string, number>> = { sing: 1, doub: 2, trip: 3, quad: 3, arom: 4 };

/** Types of connections in `struct_conn` that are bonds; hydrogen bonds and salt bridges are not. */
const BOND_TYPES = /^(covale|disulf|metalc)/;

/**
 * Builds a molecule from the categories of an mmCIF, BinaryCIF or CIF file.
 *
 * @throws DataError if there are no atoms
 */
export function moleculeOf(categories: Categories): Molecule {
  const atoms = categories.get("atom_site") ?? categories.get("chem_comp_atom");
  if (atoms === undefined || atoms.rowCount === 0) {
    throw new DataError("there are no atoms (_atom_site) in it: there is nothing to draw");
  }
  const builder = new MoleculeBuilder();
  const connected = categories.get("struct_conn");
  // Programs other than the PDB's may write the connections without the numbers of the author.
  const numbering = connected === undefined || connected.has("ptnr1_auth_seq_id") ? "auth" : "label";
  /** Index of each atom of the first model, by its place. */
  const indices = new Map<string, number>();
  const toCartesian = atoms.has("fract_x") ? cellMatrix(categories.get("cell")) : undefined;
  const firstModel = atoms.text("pdbx_pdb_model_num", 0);
  let model: string | undefined;
  for (let row = 0; row < atoms.rowCount; row += 1) {
    const rowModel = atoms.text("pdbx_pdb_model_num", row);
    if (row === 0 || rowModel !== model) builder.beginModel();
    model = rowModel;
    const [x, y, z] = positionOf(atoms, row, toCartesian);
    const name =
      atoms.text("label_atom_id", row) ?? atoms.text("atom_id", row) ?? atoms.text("label", row) ?? "";
    const chain = atoms.text("auth_asym_id", row) ?? atoms.text("label_asym_id", row) ?? "";
    const number =
      (atoms.text("auth_seq_id", row) ?? atoms.text("label_seq_id", row) ?? "") +
      (atoms.text("pdbx_pdb_ins_code", row) ?? "");
    const residueName = atoms.text("auth_comp_id", row) ?? atoms.text("label_comp_id", row) ?? "";
    const index = builder.add({
      ...{ x, y, z, name, residueName, chain },
      element: atomicNumber(atoms.text("type_symbol", row) ?? name.replace(/[^A-Za-z].*$/, "")),
      residueNumber: number,
      isHetero: atoms.text("group_pdb", row) === "HETATM",
      bFactor: atoms.number("b_iso_or_equiv", row),
      alternate: atoms.text("label_alt_id", row) ?? "",
    });
    if (index !== undefined && model === firstModel) {
      const place =
        numbering === "auth"
          ? [chain, number, residueName]
          : ["asym_id", "seq_id", "comp_id"].map((item) => atoms.text(`label_${item}`, row) ?? "");
      const key = [...place, name].join("\n");
      if (!indices.has(key)) indices.set(key, index);
    }
  }
  return builder.build({
    bonds: [...connections(connected, indices, numbering), ...componentBonds(categories, indices)],
    hasAllBonds: false,
    structure: structureOf(categories),
    assemblies: assembliesWithChains(categories, atoms),
  });
}

function positionOf(
  atoms: Category,
  row: number,
  toCartesian: readonly number[] | undefined,
): [number, number, number] {
  if (toCartesian === undefined) {
    const [cartesian, ideal] = [
      ["cartn_x", "cartn_y", "cartn_z"],
      ["pdbx_model_cartn_x_ideal", "pdbx_model_cartn_y_ideal", "pdbx_model_cartn_z_ideal"],
    ];
    const names = atoms.has("cartn_x") ? cartesian : ideal;
    const [x = Number.NaN, y = Number.NaN, z = Number.NaN] = (names ?? []).map((name) =>
      atoms.number(name, row),
    );
    return [x, y, z];
  }
  const fractions = ["fract_x", "fract_y", "fract_z"].map((name) => atoms.number(name, row));
  const [x = 0, y = 0, z = 0] = [0, 1, 2].map((axis) =>
    fractions.reduce((sum, value, column) => sum + value * (toCartesian[3 * axis + column] ?? 0), 0),
  );
  return [x, y, z];
}

/** Row-major matrix from fractions of the unit cell to Å: a along x, b in the xy plane. */
function cellMatrix(cell: Category | undefined): number[] {
  const [a = 1, b = 1, c = 1] = ["length_a", "length_b", "length_c"].map(
    (name) => cell?.number(name, 0) ?? Number.NaN,
  );
  const angles = ["angle_alpha", "angle_beta", "angle_gamma"].map(
    (name) => ((cell?.number(name, 0) ?? 90) * Math.PI) / 180,
  );
  const [alpha = 0, beta = 0, gamma = 0] = angles;
  if (![a, b, c, alpha, beta, gamma].every(Number.isFinite) || Math.sin(gamma) === 0) {
    throw new DataError(
      "its atoms have fractional coordinates, but its unit cell (_cell) is missing or invalid",
    );
  }
  const x = Math.cos(beta);
  const y = (Math.cos(alpha) - Math.cos(beta) * Math.cos(gamma)) / Math.sin(gamma);
  const z = Math.sqrt(Math.max(0, 1 - x * x - y * y));
  return [a, b * Math.cos(gamma), c * x, 0, b * Math.sin(gamma), c * y, 0, 0, c * z];
}

/** @param numbering whose chains and numbers the places in `indices` have */
function connections(
  table: Category | undefined,
  indices: ReadonlyMap<string, number>,
  numbering: "auth" | "label",
): BondRecord[] {
  const bonds: BondRecord[] = [];
  for (let row = 0; row < (table?.rowCount ?? 0); row += 1) {
    if (table === undefined || !BOND_TYPES.test(table.text("conn_type_id", row) ?? "")) continue;
    const partner = (prefix: string): number | undefined => {
      const item = (name: string): string => table.text(`${prefix}_${name}`, row) ?? "";
      const insertion = numbering === "auth" ? (table.text(`pdbx_${prefix}_pdb_ins_code`, row) ?? "") : "";
      const [chain, number, residue] = ["asym_id", "seq_id", "comp_id"].map((part) =>
        item(`${numbering}_${part}`),
      );
      return indices.get([chain, `${number}${insertion}`, residue, item("label_atom_id")].join("\n"));
    };
    // The symmetry operators tell bonds to copies of the molecule in other cells.
    if ((table.text("ptnr1_symmetry", row) ?? "") !== (table.text("ptnr2_symmetry", row) ?? "")) continue;
    const [from, to] = [partner("ptnr1"), partner("ptnr2")];
    const order = BOND_ORDERS[(table.text("pdbx_value_order", row) ?? "sing").toLowerCase()] ?? 1;
    if (from !== undefined && to !== undefined) bonds.push({ atoms: [from, to], order });
  }
  return bonds;
}

/** Bonds of a file that describes one component (ligand). */
function componentBonds(categories: Categories, indices: ReadonlyMap<string, number>): BondRecord[] {
  const table = categories.get("chem_comp_bond");
  if (table === undefined || categories.has("atom_site")) return [];
  const bonds: BondRecord[] = [];
  for (let row = 0; row < table.rowCount; row += 1) {
    const [from, to] = ["atom_id_1", "atom_id_2"].map((item) =>
      indices.get(`\n\n\n${table.text(item, row) ?? ""}`),
    );
    const order = BOND_ORDERS[(table.text("value_order", row) ?? "sing").toLowerCase()] ?? 1;
    if (from !== undefined && to !== undefined) bonds.push({ atoms: [from, to], order });
  }
  return bonds;
}

function structureOf(categories: Categories): StructureRange[] | undefined {
  const ranges: StructureRange[] = [];
  for (const [name, structure] of [
    ["struct_conf", "helix"],
    ["struct_sheet_range", "sheet"],
  ] as const) {
    const table = categories.get(name);
    for (let row = 0; row < (table?.rowCount ?? 0); row += 1) {
      if (table === undefined) continue;
      // struct_conf also lists turns and bends.
      const type = table.text("conf_type_id", row) ?? "HELX";
      if (name === "struct_conf" && !type.startsWith("HELX")) continue;
      const number = (end: string): string =>
        (table.text(`${end}_auth_seq_id`, row) ?? "") + (table.text(`pdbx_${end}_pdb_ins_code`, row) ?? "");
      const chain = table.text("beg_auth_asym_id", row) ?? "";
      ranges.push({ structure, chain, first: number("beg"), last: number("end") });
    }
  }
  return ranges.length > 0 ? ranges : undefined;
}

/** Assemblies list chains by `label_asym_id`, which differ from the names that authors use. */
function assembliesWithChains(categories: Categories, atoms: Category): NamedAssembly[] {
  const assemblies = assembliesOf(categories);
  if (assemblies.length === 0) return [];
  const authorNames = new Map<string, string>();
  for (let row = 0; row < atoms.rowCount; row += 1) {
    const label = atoms.text("label_asym_id", row) ?? "";
    if (!authorNames.has(label)) authorNames.set(label, atoms.text("auth_asym_id", row) ?? label);
  }
  return assemblies.map(({ name, copies }) => ({
    name,
    copies: copies.map(({ chains, matrix }) => ({
      chains: [...new Set(chains.map((chain) => authorNames.get(chain) ?? chain))],
      matrix,
    })),
  }));
}
