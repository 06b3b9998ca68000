import { DataError } from "../load-error.ts";
import { type Affine, affineOf, isInvertible, scaleWorld } from "../volume/affine.ts";
import type { AxisRole, StoredAxis } from "../volume/stored-axis.ts";
import type { NrrdHeader } from "./nrrd-header.ts";

/** Factors from the anatomical spaces to RAS. */
const SPACES: Readonly<Record<string, readonly [number, number, number]>> = {
  "right-anterior-superior": [1, 1, 1],
  ras: [1, 1, 1],
  "left-anterior-superior": [-1, 1, 1],
  las: [-1, 1, 1],
  "left-posterior-superior": [-1, -1, 1],
  lps: [-1, -1, 1],
};

const COLOR_KINDS: readonly string[] = ["rgb-color", "rgba-color", "3-color", "4-color"];

export interface NrrdGrid {
  readonly axes: readonly StoredAxis[];
  readonly affine: Affine;
  readonly isAnatomical: boolean;
}

/**
 * The roles of the axes, and the matrix to world coordinates.
 *
 * @throws DataError
 */
export function nrrdGrid(header: NrrdHeader, warnings: string[]): NrrdGrid {
  const { fields, sizes } = header;
  const directions = vectors(fields.get("spacedirections"));
  const roles = axisRoles(header, directions);
  const axes = sizes.flatMap((size, i): StoredAxis[] => {
    const role = roles[i];
    return role === undefined ? [] : [{ role, size }];
  });
  const space = (fields.get("space") ?? "").toLowerCase().replace(/-time$|(?<=^...)t$/, "");
  const factors = SPACES[space];
  const spatial = roles.flatMap((role, i) => (role === "i" || role === "j" || role === "k" ? [i] : []));
  const affine = scaleWorld(matrix(header, spatial, directions, warnings), factors ?? [1, 1, 1]);
  return { axes, affine, isAnatomical: factors !== undefined };
}

/** The role of each axis; undefined for one of size 1 that is not needed. */
function axisRoles(
  { fields, sizes, type }: NrrdHeader,
  directions: readonly (readonly number[] | undefined)[],
): (AxisRole | undefined)[] {
  const kinds = (fields.get("kinds") ?? "").toLowerCase().split(/\s+/);
  const hasKinds = kinds.length === sizes.length;
  const isSpatial = sizes.map((_, i) => {
    if (directions.length === sizes.length) return directions[i] !== undefined;
    if (hasKinds) return kinds[i] === "domain" || kinds[i] === "space";
    return i >= sizes.length - 3;
  });
  const names: AxisRole[] = ["i", "j", "k"];
  let spatial = 0;
  const roles = sizes.map((size, i): AxisRole | undefined => {
    if (isSpatial[i] === true) {
      spatial += 1;
      return names[spatial - 1];
    }
    const isColor = hasKinds ? COLOR_KINDS.includes(kinds[i] ?? "") : i === 0;
    if (type === "uint8" && isColor && (size === 3 || size === 4)) return "component";
    return size === 1 ? undefined : "time";
  });
  if (spatial === 0 || spatial > 3) throw new DataError(`it has ${spatial} axes of space, not 1 to 3`);
  if (
    roles.filter((role) => role === "time").length > 1 ||
    roles.filter((r) => r === "component").length > 1
  ) {
    throw new DataError(
      `its axes of the sizes ${sizes.join(" x ")} are not those of a volume with time steps`,
    );
  }
  return roles;
}

function matrix(
  { fields, sizes }: NrrdHeader,
  spatial: readonly number[],
  directions: readonly (readonly number[] | undefined)[],
  warnings: string[],
): Affine {
  const [stored] = vectors(fields.get("spaceorigin"));
  if (directions.length === sizes.length) {
    const columns = spatial.map((axis) => padded(directions[axis] ?? []));
    const affine = affineOf(complete(columns), padded(stored ?? []));
    if (isInvertible(affine)) return affine;
    warnings.push("its space directions are not valid: the spacings are used");
  }
  const numbers = (name: string): number[] => (fields.get(name) ?? "").split(/\s+/).map(Number);
  const spacings = numbers("spacings");
  const mins = numbers("axismins");
  const columns = spatial.map((axis, i) => {
    const spacing = spacings.length === sizes.length ? (spacings[axis] ?? 1) : 1;
    const step = Number.isFinite(spacing) && spacing !== 0 ? spacing : 1;
    return [0, 1, 2].map((row) => (row === i ? step : 0));
  });
  const origin = spatial.map((axis) => (mins.length === sizes.length ? mins[axis] || 0 : 0));
  return affineOf(complete(columns), stored === undefined ? origin : padded(stored));
}

/** Adds a third axis to a plane, and two to a line: perpendicular, of length 1. */
function complete(columns: readonly (readonly number[])[]): (readonly number[])[] {
  const [a = [1, 0, 0], b = perpendicular(a), c] = columns;
  return [a, b, c ?? normalized(cross(a, b))];
}

function perpendicular(a: readonly number[]): number[] {
  const [x = 0, y = 0] = a;
  return normalized(x === 0 && y === 0 ? cross(a, [1, 0, 0]) : cross([0, 0, 1], a));
}

function cross(
  [ax = 0, ay = 0, az = 0]: readonly number[],
  [bx = 0, by = 0, bz = 0]: readonly number[],
): number[] {
  return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}

function normalized(vector: readonly number[]): number[] {
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

/** Three coordinates; those that are missing or NaN are 0. */
function padded(vector: readonly number[]): number[] {
  return [0, 1, 2].map((i) => (Number.isFinite(vector[i]) ? (vector[i] ?? 0) : 0));
}

/** Parses "(1,0,0) none (0,1,0)". */
function vectors(text = ""): (number[] | undefined)[] {
  return [...text.matchAll(/\(([^)]*)\)|none/gi)].map(([, numbers]) => numbers?.split(",").map(Number));
}
