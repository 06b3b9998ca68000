/** Row-major 4x4 matrix. */
export type Affine = readonly number[];

/** Largest plausible number in a matrix: a million km in mm. */
const MAX_NUMBER = 1e12;

/** Whether a matrix maps a grid to a volume: plausible numbers, and not flat. */
export function isInvertible(affine: Affine): boolean {
  return (
    affine.every((value) => Math.abs(value) <= MAX_NUMBER) && Math.abs(determinant(affine)) > Number.MIN_VALUE
  );
}

/** Determinant of the linear part. */
function determinant(affine: Affine): number {
  const [a = 0, b = 0, c = 0, , d = 0, e = 0, f = 0, , g = 0, h = 0, i = 0] = affine;
  return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
}

/**
 * @param columns world vectors of one step along i, j and k
 * @param origin world position of the centre of the first voxel
 */
export function affineOf(columns: readonly (readonly number[])[], origin: readonly number[]): Affine {
  const rows = [0, 1, 2].map((row) => [...columns.map((column) => column[row] ?? 0), origin[row] ?? 0]);
  return [...rows.flat(), 0, 0, 0, 1];
}

/** Multiplies world coordinates by factors: -1, -1, 1 turns LPS into RAS. */
export function scaleWorld(affine: Affine, factors: readonly [number, number, number]): Affine {
  return affine.map((value, i) => value * (factors[Math.floor(i / 4)] ?? 1));
}

/** World coordinates of the voxel i, j, k, which may be fractions. */
export function voxelToWorld(affine: Affine, voxel: ArrayLike<number>): [number, number, number] {
  const row = (n: number): number =>
    [0, 1, 2].reduce((sum, i) => sum + (affine[4 * n + i] ?? 0) * (voxel[i] ?? 0), affine[4 * n + 3] ?? 0);
  return [row(0), row(1), row(2)];
}

/** Row-major 3x4 matrix from world coordinates to voxels; not finite for a matrix that is not invertible. */
export function worldToVoxel(affine: Affine): Affine {
  const [a = 0, b = 0, c = 0, x = 0, d = 0, e = 0, f = 0, y = 0, g = 0, h = 0, i = 0, z = 0] = affine;
  const adjugate = [
    [e * i - f * h, c * h - b * i, b * f - c * e],
    [f * g - d * i, a * i - c * g, c * d - a * f],
    [d * h - e * g, b * g - a * h, a * e - b * d],
  ];
  return adjugate.flatMap((row) => {
    const [p = 0, q = 0, r = 0] = row.map((value) => value / determinant(affine));
    return [p, q, r, -(p * x + q * y + r * z)];
  });
}

/** The matrix whose first voxel has this position, with an unchanged linear part. */
export function withOrigin(affine: Affine, origin: readonly number[]): Affine {
  return affine.map((value, i) => (i % 4 === 3 && i < 12 ? (origin[Math.floor(i / 4)] ?? 0) : value));
}
