import { DataError, quote } from "../formats/load-error.ts";

/** The points p with `normal` · p = `offset`, in world coordinates. */
export interface Plane {
  /** Of length 1. */
  readonly normal: readonly [x: number, y: number, z: number];
  readonly offset: number;
}

const AXES: Readonly<Record<string, Plane["normal"]>> = { x: [1, 0, 0], y: [0, 1, 0], z: [0, 0, 1] };

/**
 * Parses a plane: "x=10" or "x=10mm", "-x=10" with the normal in the opposite direction, or a normal of any length and the offset along it,
 * "1,1,0,10".
 *
 * @throws DataError
 */
export function parsePlane(text: string): Plane {
  const [, sign, axis = "", position] = /^\s*(-?)([xyz])\s*=\s*([-+.\deE]+)\s*(?:mm)?\s*$/.exec(text) ?? [];
  const base = AXES[axis];
  const offset = Number(position);
  if (base !== undefined && Number.isFinite(offset)) {
    if (sign === "") return { normal: base, offset };
    const [x, y, z] = base;
    return { normal: [-x, -y, -z], offset: -offset };
  }
  const [x = 0, y = 0, z = 0, along = 0, ...rest] = text
    .split(",")
    .map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const length = Math.hypot(x, y, z);
  if (rest.length > 0 || !Number.isFinite(length + along) || length === 0 || text.split(",").length !== 4) {
    throw new DataError(
      `the plane ${quote(text)} is not valid: write x=10, -x=10 or the normal and offset, such as 0,0,1,10`,
    );
  }
  return { normal: [x / length, y / length, z / length], offset: along };
}

/** Maximum number of planes of {@link parsePlanes}. */
const MAX_PLANES = 8;

/** Parses planes with semicolons between them: "x=10;-z=5". @throws DataError */
export function parsePlanes(text: string): Plane[] {
  const parts = text.split(";");
  if (parts.length > MAX_PLANES)
    throw new DataError(`${parts.length} planes are too many: the maximum is ${MAX_PLANES}`);
  return parts.map(parsePlane);
}

/** The text of planes, which {@link parsePlanes} reads: "x=10;-z=5". Numbers have six digits. */
export function formatPlanes(planes: readonly Plane[]): string {
  const short = (value: number) => String(Number(value.toPrecision(6)) + 0);
  return planes
    .map(({ normal, offset }) => {
      const axis = normal.findIndex((value) => Math.abs(value) === 1);
      if (axis < 0) return [...normal, offset].map(short).join(",");
      const isPositive = normal[axis] === 1;
      return `${isPositive ? "" : "-"}${"xyz"[axis]}=${short(isPositive ? offset : -offset)}`;
    })
    .join(";");
}

/** Returns a plane in coordinates relative to an origin. */
export function relativePlane({ normal, offset }: Plane, [x, y, z]: Plane["normal"]): Plane {
  return { normal, offset: offset - (normal[0] * x + normal[1] * y + normal[2] * z) };
}
