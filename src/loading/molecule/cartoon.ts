import type { Molecule } from "../../formats/data-kinds.ts";
import type { Vec3 } from "../../geometry/coordinates.ts";
import type { MeshBuilder } from "./mesh-builder.ts";
import { add, cross, dot, mix, normalize, perpendicular, subtract } from "./vectors.ts";

/** A residue of a chain, with the atoms that its ribbon follows. */
export interface BackboneResidue {
  readonly residue: number;
  /** C-alpha of an amino acid, C4' or P of a nucleotide. */
  readonly guide: Vec3;
  /** Direction of the ribbon's width; undefined: from its neighbors. */
  readonly side: Vec3 | undefined;
  readonly structure: "helix" | "sheet" | "coil";
}

/** Maximum distance between the guide atoms of neighbors, Å: 3.8 between C-alphas, 5 to 7 between nucleotides. */
const MAX_STEP = { protein: 4.6, nucleic: 9 } as const;

/** Half of the width and of the thickness of a ribbon, Å. */
const PROFILES = {
  helix: [1.3, 0.28],
  sheet: [1.15, 0.26],
  coil: [0.32, 0.32],
  nucleic: [0.9, 0.3],
} as const;

/** Half of the width of the arrow at the end of a strand, Å, at its base and its tip. */
const ARROW = [2, 0.2] as const;

interface Point {
  position: Vec3;
  side: Vec3;
  width: number;
  thickness: number;
  color: Vec3;
  residue: number;
}

/**
 * The chains without gaps of a molecule that have at least two residues with guide atoms.
 *
 * @param positions of the molecule, or of one of its models
 */
export function backbonesOf(
  { names, residueOfAtom, residues }: Molecule,
  positions: Float32Array,
): { readonly kind: "protein" | "nucleic"; readonly residues: BackboneResidue[] }[] {
  const atoms = residues.map(() => new Map<string, Vec3>());
  for (const [atom, name] of names.entries()) {
    const residue = atoms[residueOfAtom[atom] ?? 0];
    if (residue === undefined || residue.has(name)) continue;
    residue.set(name, [positions[3 * atom] ?? 0, positions[3 * atom + 1] ?? 0, positions[3 * atom + 2] ?? 0]);
  }
  const chains: { kind: "protein" | "nucleic"; residues: BackboneResidue[] }[] = [];
  let last: { chain: number; guide: Vec3 } | undefined;
  for (const [residue, { chain, structure }] of residues.entries()) {
    const of = atoms[residue] ?? new Map<string, Vec3>();
    const alpha = of.get("CA");
    // A calcium ion is named CA, too, but has no other atoms.
    const isProtein = alpha !== undefined && (of.has("C") || of.has("N") || of.size > 1);
    const guide = isProtein ? alpha : (of.get("C4'") ?? of.get("C4*") ?? of.get("P"));
    if (guide === undefined) continue;
    const kind = isProtein ? "protein" : "nucleic";
    const current = chains.at(-1);
    const continues =
      last?.chain === chain &&
      current?.kind === kind &&
      Math.hypot(...subtract(guide, last.guide)) < MAX_STEP[kind];
    const [from, to] = isProtein
      ? [of.get("C"), of.get("O")]
      : [of.get("C3'") ?? of.get("C3*"), of.get("C1'") ?? of.get("C1*")];
    const side = from !== undefined && to !== undefined ? subtract(to, from) : undefined;
    const entry = { residue, guide, side, structure: isProtein ? structure : ("coil" as const) };
    if (continues) current?.residues.push(entry);
    else chains.push({ kind, residues: [entry] });
    last = { chain, guide };
  }
  return chains.filter((entry) => entry.residues.length > 1);
}

/**
 * Adds the ribbon of a chain: a spline through its guide atoms, wide and flat in helices and strands, which end in arrows.
 *
 * @param steps points of the spline per residue
 * @param sides vertices around the ribbon
 */
export function addRibbon(
  mesh: MeshBuilder,
  chain: { readonly kind: "protein" | "nucleic"; readonly residues: readonly BackboneResidue[] },
  colorOf: (residue: number) => Vec3,
  { steps, sides }: { readonly steps: number; readonly sides: number },
): void {
  const points = ribbonPoints(chain, colorOf, steps);
  const rings: number[] = [];
  for (const [i, point] of points.entries()) {
    const [before = point, after = point] = [
      points[Math.max(0, i - 1)],
      points[Math.min(points.length - 1, i + 1)],
    ];
    rings.push(addRing(mesh, point, normalize(subtract(after.position, before.position)), sides));
  }
  for (let i = 1; i < rings.length; i += 1) mesh.joinRings(rings[i - 1] ?? 0, rings[i] ?? 0, sides);
  for (const end of [0, points.length - 1]) {
    const [point, inner] = [points[end], points[end === 0 ? 1 : end - 1]];
    if (point !== undefined && inner !== undefined) {
      addCap(mesh, point, normalize(subtract(point.position, inner.position)), sides, end === 0);
    }
  }
}

function ribbonPoints(
  { kind, residues }: { readonly kind: "protein" | "nucleic"; readonly residues: readonly BackboneResidue[] },
  colorOf: (residue: number) => Vec3,
  steps: number,
): Point[] {
  const guides = smoothStrands(residues);
  const sides = orientSides(residues, guides);
  const profile = (i: number): readonly [number, number] =>
    kind === "nucleic" ? PROFILES.nucleic : PROFILES[residues[i]?.structure ?? "coil"];
  const points: Point[] = [];
  for (let i = 0; i + 1 < residues.length; i += 1) {
    const [p0, p1, p2, p3] = [i - 1, i, i + 1, i + 2].map(
      (k) => guides[Math.max(0, Math.min(k, guides.length - 1))],
    );
    if (p0 === undefined || p1 === undefined || p2 === undefined || p3 === undefined) continue;
    const [color1, color2] = [colorOf(residues[i]?.residue ?? 0), colorOf(residues[i + 1]?.residue ?? 0)];
    const isArrow =
      kind === "protein" && residues[i]?.structure === "sheet" && residues[i + 1]?.structure !== "sheet";
    const [[w1, t1], [w2, t2]] = [profile(i), profile(i + 1)];
    const last = i + 2 === residues.length ? steps : steps - 1;
    for (let step = 0; step <= last; step += 1) {
      const t = step / steps;
      const point = {
        position: catmullRom(p0, p1, p2, p3, t),
        side: mix(sides[i] ?? [0, 0, 1], sides[i + 1] ?? [0, 0, 1], t),
        color: t < 0.5 ? color1 : color2,
        residue: residues[t < 0.5 ? i : i + 1]?.residue ?? 0,
      };
      if (isArrow) {
        // The base of the arrow is a step: two rings at one place.
        if (step === 0) points.push({ ...point, width: w1, thickness: t1 });
        points.push({ ...point, width: ARROW[0] + (ARROW[1] - ARROW[0]) * t, thickness: t1 + (t2 - t1) * t });
      } else points.push({ ...point, width: w1 + (w2 - w1) * t, thickness: t1 + (t2 - t1) * t });
    }
  }
  return points;
}

/** Moves the guide atoms of strands between their neighbors: a ribbon through the atoms themselves would be pleated. */
function smoothStrands(residues: readonly BackboneResidue[]): Vec3[] {
  return residues.map(({ guide, structure }, i) => {
    const [before, after] = [residues[i - 1], residues[i + 1]];
    if (structure !== "sheet" || before === undefined || after === undefined) return guide;
    return mix(guide, mix(before.guide, after.guide, 0.5), 0.5);
  });
}

/** Directions of the width: perpendicular to the ribbon, and without turns by 180 degrees from one residue to the next. */
function orientSides(residues: readonly BackboneResidue[], guides: readonly Vec3[]): Vec3[] {
  const result: Vec3[] = [];
  for (const [i, { side }] of residues.entries()) {
    const [before, after] = [guides[Math.max(0, i - 1)], guides[Math.min(guides.length - 1, i + 1)]];
    const tangent = normalize(subtract(after ?? [0, 0, 1], before ?? [0, 0, 0]));
    const last = result[i - 1];
    const wanted = side ?? last ?? perpendicular(tangent);
    const across = subtract(wanted, [0, 0, 0]);
    const flat = add(across, tangent, -dot(across, tangent));
    const direction = Math.hypot(...flat) > 1e-3 ? normalize(flat) : (last ?? perpendicular(tangent));
    result.push(last !== undefined && dot(direction, last) < 0 ? subtract([0, 0, 0], direction) : direction);
  }
  return result;
}

/** An elliptic ring around a point of the spline. @returns the index of its first vertex */
function addRing(mesh: MeshBuilder, point: Point, tangent: Vec3, sides: number): number {
  const { position, width, thickness, color, residue } = point;
  mesh.owner = -1 - residue;
  const across = normalize(add(point.side, tangent, -dot(point.side, tangent)));
  const up = cross(tangent, across);
  let first = -1;
  for (let i = 0; i < sides; i += 1) {
    const angle = (2 * Math.PI * i) / sides;
    const [x, y] = [Math.cos(angle), Math.sin(angle)];
    const offset = add(
      [across[0] * x * width, across[1] * x * width, across[2] * x * width],
      up,
      y * thickness,
    );
    const normal = add(
      [(across[0] * x) / width, (across[1] * x) / width, (across[2] * x) / width],
      up,
      y / thickness,
    );
    const index = mesh.vertex(add(position, offset), normalize(normal), color);
    if (first < 0) first = index;
  }
  return first;
}

function addCap(
  mesh: MeshBuilder,
  { position, side, width, thickness, color, residue }: Point,
  normal: Vec3,
  sides: number,
  isStart: boolean,
): void {
  const tangent = isStart ? subtract([0, 0, 0], normal) : normal;
  const across = normalize(add(side, tangent, -dot(side, tangent)));
  const up = cross(tangent, across);
  mesh.owner = -1 - residue;
  const center = mesh.vertex(position, normal, color);
  let first = -1;
  for (let i = 0; i < sides; i += 1) {
    const angle = (2 * Math.PI * i) / sides;
    const [x, y] = [Math.cos(angle) * width, Math.sin(angle) * thickness];
    const index = mesh.vertex(add(add(position, across, x), up, y), normal, color);
    if (first < 0) first = index;
  }
  for (let i = 0; i < sides; i += 1) {
    const next = (i + 1) % sides;
    if (isStart) mesh.triangle(center, first + next, first + i);
    else mesh.triangle(center, first + i, first + next);
  }
}

function catmullRom(p0: Vec3, p1: Vec3, p2: Vec3, p3: Vec3, t: number): Vec3 {
  const at = (axis: 0 | 1 | 2): number => {
    const [a, b, c, d] = [p0[axis], p1[axis], p2[axis], p3[axis]];
    return (
      0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t * t * t)
    );
  };
  return [at(0), at(1), at(2)];
}
