import type { Mesh, Molecule } from "../../formats/data-kinds.ts";
import { DataError } from "../../formats/load-error.ts";
import type { Vec3 } from "../../geometry/coordinates.ts";
import type { MoleculeStyle } from "../../layers/layer-properties.ts";
import { type MoleculeColors, moleculeColors } from "./atom-colors.ts";
import { addRibbon, backbonesOf } from "./cartoon.ts";
import { MeshBuilder, ownersArray } from "./mesh-builder.ts";
import { addSphere, addStick, SPHERE_TRIANGLES, type SphereLevel } from "./spheres-and-sticks.ts";
import { vanDerWaalsRadius } from "./van-der-waals.ts";
import { mix } from "./vectors.ts";

/** Maximum number of triangles, for which spheres and ribbons become coarser. A mesh of 4 million takes about 400 MB. */
const MAX_TRIANGLES = 4_000_000;

/** Maximum number of atoms that are drawn as spheres; more are drawn as points. */
const MAX_SPHERES = 400_000;

/** Radius of a ball relative to the van der Waals radius, and radius of a stick, Å. */
const BALL = 0.25;
const STICK = 0.14;

/** Minimum number of residues of a chain whose ribbon is shown by default. */
const MIN_RIBBON = 4;

/** Points of a ribbon's spline per residue, and vertices around it, by level. */
const RIBBON_LEVELS = [
  { steps: 3, sides: 6 },
  { steps: 5, sides: 8 },
  { steps: 8, sides: 12 },
] as const;

const WATER = new Set(["HOH", "WAT", "DOD", "H2O", "TIP", "TIP3", "SOL"]);

type Representation = NonNullable<MoleculeStyle["representation"]>;

/**
 * Makes the surface of a molecule: spheres, balls and sticks, or ribbons (cartoon) with balls and sticks of ligands.
 *
 * @param positions of the time step to show, relative to the origin; default: those of the molecule
 * @throws DataError if the style requests what the molecule does not have
 */
export function moleculeMesh(
  molecule: Molecule,
  style: MoleculeStyle,
  positions: Float32Array = molecule.positions,
): { readonly mesh: Mesh; readonly colors: MoleculeColors } {
  const colors = moleculeColors(molecule, style);
  const backbones = backbonesOf(molecule, positions);
  const representation = style.representation ?? defaultRepresentation(molecule, backbones);
  const isRibbon = new Set(
    representation === "cartoon"
      ? backbones.flatMap(({ residues }) => residues.map(({ residue }) => residue))
      : [],
  );
  const shown = [...molecule.elements.keys()].filter((atom) => {
    const residue = molecule.residueOfAtom[atom] ?? 0;
    const isWater = WATER.has(molecule.residues[residue]?.name ?? "");
    return !isRibbon.has(residue) && !(isWater && representation === "cartoon");
  });
  const { origin, warnings } = molecule;
  const empty = { kind: "mesh", origin, warnings, lines: undefined, points: undefined } as const;
  const copies = copiesOf(molecule, style.assembly);
  const total = shown.length * copies.length;
  if (total > MAX_SPHERES) {
    warnings.push(`its ${total} atoms are drawn as points, since there are more than ${MAX_SPHERES}`);
    return {
      mesh: { ...empty, surfaces: [], points: pointsOf(molecule, positions, shown, copies, colors) },
      colors,
    };
  }
  const mesh = new MeshBuilder();
  const residueCount = isRibbon.size * copies.length;
  const ribbonLevel = RIBBON_LEVELS.findLast(
    ({ steps, sides }) => 2 * steps * sides * residueCount <= MAX_TRIANGLES,
  );
  const level = sphereLevel(total);
  for (const copy of copies) {
    const place = (position: Vec3): Vec3 => transform(copy.matrix, position, origin);
    const includes = (residue: number): boolean =>
      copy.chains === undefined || copy.chains.has(molecule.residues[residue]?.chain ?? -1);
    for (const chain of representation === "cartoon" ? backbones : []) {
      if (!includes(chain.residues[0]?.residue ?? -1)) continue;
      const placed = chain.residues.map((entry) => ({
        ...entry,
        guide: place(entry.guide),
        side: entry.side && rotate(copy.matrix, entry.side),
      }));
      addRibbon(mesh, { ...chain, residues: placed }, colors.ofResidue, ribbonLevel ?? RIBBON_LEVELS[0]);
    }
    addAtoms(
      mesh,
      { molecule, positions, place, level, representation },
      colors,
      shown.filter((atom) => includes(molecule.residueOfAtom[atom] ?? 0)),
    );
  }
  return { mesh: { ...empty, surfaces: [mesh.finish()] }, colors };
}

function defaultRepresentation(
  { bonds }: Molecule,
  backbones: ReturnType<typeof backbonesOf>,
): Representation {
  if (backbones.some(({ residues }) => residues.length >= MIN_RIBBON)) return "cartoon";
  return bonds.length > 0 ? "ball-and-stick" : "spheres";
}

interface AtomsToDraw {
  readonly molecule: Molecule;
  readonly positions: Float32Array;
  readonly place: (position: Vec3) => Vec3;
  readonly level: SphereLevel;
  readonly representation: Representation;
}

function addAtoms(
  mesh: MeshBuilder,
  { molecule, positions, place, level, representation }: AtomsToDraw,
  colors: MoleculeColors,
  atoms: readonly number[],
): void {
  const { elements, bonds } = molecule;
  const scale = representation === "spheres" ? 1 : BALL;
  for (const atom of atoms) {
    mesh.owner = atom;
    const radius = scale * vanDerWaalsRadius(elements[atom] ?? 0);
    addSphere(mesh, place(positionOf(positions, atom)), radius, colors.ofAtom(atom), level);
  }
  if (representation === "spheres") return;
  const shown = new Set(atoms);
  for (let i = 0; i + 1 < bonds.length; i += 2) {
    const [a = 0, b = 0] = [bonds[i], bonds[i + 1]];
    if (!shown.has(a) || !shown.has(b)) continue;
    const [from, to] = [place(positionOf(positions, a)), place(positionOf(positions, b))];
    // Each half has the color of its atom.
    const middle = mix(from, to, 0.5);
    mesh.owner = a;
    addStick(mesh, from, middle, STICK, colors.ofAtom(a), level);
    mesh.owner = b;
    addStick(mesh, middle, to, STICK, colors.ofAtom(b), level);
  }
}

/** The most detailed spheres that stay below the maximum number of triangles; a bond has fewer than a sphere. */
function sphereLevel(atoms: number): SphereLevel {
  const found = SPHERE_TRIANGLES.findLastIndex((triangles) => 1.5 * triangles * atoms <= MAX_TRIANGLES);
  return Math.max(0, found) as SphereLevel;
}

interface Copy {
  /** Undefined: all. */
  readonly chains: ReadonlySet<number> | undefined;
  readonly matrix: readonly number[] | undefined;
}

/** The copies of an assembly, by its name; one of all chains if none is requested. */
function copiesOf({ assemblies }: Molecule, name: string | undefined): Copy[] {
  if (name === undefined) return [{ chains: undefined, matrix: undefined }];
  const found = assemblies.find((assembly) => assembly.name === name);
  if (found === undefined) {
    const names = assemblies.map((assembly) => assembly.name).join(", ");
    throw new DataError(`it has no assembly "${name}"; it has ${names === "" ? "none" : names}`);
  }
  return found.copies.map(({ chains, matrix }) => ({ chains: new Set(chains), matrix }));
}

function pointsOf(
  molecule: Molecule,
  positions: Float32Array,
  atoms: readonly number[],
  copies: readonly Copy[],
  colors: MoleculeColors,
) {
  const result: number[] = [];
  const tints: number[] = [];
  const owners: number[] = [];
  for (const { chains, matrix } of copies) {
    for (const atom of atoms) {
      const chain = molecule.residues[molecule.residueOfAtom[atom] ?? 0]?.chain ?? -1;
      if (chains !== undefined && !chains.has(chain)) continue;
      result.push(...transform(matrix, positionOf(positions, atom), molecule.origin));
      tints.push(...colors.ofAtom(atom));
      owners.push(atom);
    }
  }
  return {
    positions: Float32Array.from(result),
    colors: Float32Array.from(tints),
    arrays: [ownersArray(Int32Array.from(owners))],
  };
}

function positionOf(positions: Float32Array, atom: number): Vec3 {
  return [positions[3 * atom] ?? 0, positions[3 * atom + 1] ?? 0, positions[3 * atom + 2] ?? 0];
}

/** Transforms a position that is relative to an origin by a matrix of the file's coordinates. */
function transform(matrix: readonly number[] | undefined, position: Vec3, origin: Vec3): Vec3 {
  if (matrix === undefined) return position;
  const at = (row: number): number =>
    [0, 1, 2].reduce(
      (sum, column) =>
        sum + (matrix[4 * row + column] ?? 0) * ((position[column] ?? 0) + (origin[column] ?? 0)),
      (matrix[4 * row + 3] ?? 0) - (origin[row] ?? 0),
    );
  return [at(0), at(1), at(2)];
}

function rotate(matrix: readonly number[] | undefined, direction: Vec3): Vec3 {
  if (matrix === undefined) return direction;
  const at = (row: number): number =>
    [0, 1, 2].reduce((sum, column) => sum + (matrix[4 * row + column] ?? 0) * (direction[column] ?? 0), 0);
  return [at(0), at(1), at(2)];
}
