import type { Vec3 } from "../../geometry/coordinates.ts";
import type { MeshBuilder } from "./mesh-builder.ts";
import { add, cross, normalize, perpendicular, subtract } from "./vectors.ts";

/** Triangles of a sphere at each level of detail, and sides of a stick. */
export const SPHERE_TRIANGLES = [20, 80, 320, 1280] as const;
const STICK_SIDES = [5, 8, 12, 20] as const;

export type SphereLevel = 0 | 1 | 2 | 3;

interface SphereTemplate {
  readonly directions: readonly Vec3[];
  readonly triangles: readonly (readonly [number, number, number])[];
}

const templates = new Map<SphereLevel, SphereTemplate>();

export function addSphere(
  mesh: MeshBuilder,
  center: Vec3,
  radius: number,
  color: Vec3,
  level: SphereLevel,
): void {
  const { directions, triangles } = templateOf(level);
  let first = -1;
  for (const direction of directions) {
    const index = mesh.vertex(add(center, direction, radius), direction, color);
    if (first < 0) first = index;
  }
  for (const [a, b, c] of triangles) mesh.triangle(first + a, first + b, first + c);
}

/** A cylinder without ends, which are inside of spheres. */
export function addStick(
  mesh: MeshBuilder,
  from: Vec3,
  to: Vec3,
  radius: number,
  color: Vec3,
  level: SphereLevel,
): void {
  const sides = STICK_SIDES[level];
  const axis = normalize(subtract(to, from));
  const side = perpendicular(axis);
  const other = cross(axis, side);
  const ring = (center: Vec3): number => {
    let first = -1;
    for (let i = 0; i < sides; i += 1) {
      const angle = (2 * Math.PI * i) / sides;
      const normal = add(
        [side[0] * Math.cos(angle), side[1] * Math.cos(angle), side[2] * Math.cos(angle)],
        other,
        Math.sin(angle),
      );
      const index = mesh.vertex(add(center, normal, radius), normal, color);
      if (first < 0) first = index;
    }
    return first;
  };
  mesh.joinRings(ring(from), ring(to), sides);
}

/** An icosahedron whose triangles are divided into four `level` times. */
function templateOf(level: SphereLevel): SphereTemplate {
  const known = templates.get(level);
  if (known !== undefined) return known;
  const template = level === 0 ? icosahedron() : subdivide(templateOf((level - 1) as SphereLevel));
  templates.set(level, template);
  return template;
}

function icosahedron(): SphereTemplate {
  const golden = (1 + Math.sqrt(5)) / 2;
  const directions: Vec3[] = [];
  for (const a of [-1, 1]) {
    for (const b of [-golden, golden]) {
      directions.push(normalize([0, a, b]), normalize([a, b, 0]), normalize([b, 0, a]));
    }
  }
  // Faces are the triples of neighbors, which are 1.05 apart on the unit sphere.
  const near = (i: number, j: number): boolean => {
    const [a = [0, 0, 0], b = [0, 0, 0]] = [directions[i], directions[j]];
    return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) < 1.2;
  };
  const triangles: (readonly [number, number, number])[] = [];
  for (let a = 0; a < 12; a += 1) {
    for (let b = a + 1; b < 12; b += 1) {
      for (let c = b + 1; c < 12; c += 1) {
        if (near(a, b) && near(b, c) && near(a, c)) triangles.push(outward(directions, a, b, c));
      }
    }
  }
  return { directions, triangles };
}

/** Orders the corners counterclockwise as seen from outside. */
function outward(
  directions: readonly Vec3[],
  a: number,
  b: number,
  c: number,
): readonly [number, number, number] {
  const [p = [0, 0, 0], q = [0, 0, 0], r = [0, 0, 0]] = [directions[a], directions[b], directions[c]];
  const normal = cross(subtract(q, p), subtract(r, p));
  return normal[0] * p[0] + normal[1] * p[1] + normal[2] * p[2] > 0 ? [a, b, c] : [a, c, b];
}

function subdivide({ directions, triangles }: SphereTemplate): SphereTemplate {
  const finer = [...directions];
  const middles = new Map<string, number>();
  const middle = (i: number, j: number): number => {
    const key = `${Math.min(i, j)},${Math.max(i, j)}`;
    const known = middles.get(key);
    if (known !== undefined) return known;
    const [a = [0, 0, 0], b = [0, 0, 0]] = [directions[i], directions[j]];
    const index = finer.push(normalize(add(a, b))) - 1;
    middles.set(key, index);
    return index;
  };
  const divided = triangles.flatMap(([a, b, c]) => {
    const [ab, bc, ca] = [middle(a, b), middle(b, c), middle(c, a)];
    return [
      [a, ab, ca],
      [ab, b, bc],
      [ca, bc, c],
      [ab, bc, ca],
    ] as const;
  });
  return { directions: finer, triangles: divided };
}
