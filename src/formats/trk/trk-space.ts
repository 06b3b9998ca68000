import type { TrkHeader } from "./trk-header.ts";

/** Letters of the directions of each axis, with the sign in RAS+. */
const DIRECTIONS: Readonly<Record<string, readonly [axis: number, sign: number]>> = {
  R: [0, 1],
  L: [0, -1],
  A: [1, 1],
  P: [1, -1],
  S: [2, 1],
  I: [2, -1],
};

/** For each voxel axis, the closest axis of the world, and the sign of its direction. */
type Orientation = readonly (readonly [axis: number, sign: number])[];

/** TrackVis's own order. */
const DEFAULT_ORDER = "LPS";

/**
 * Computes the matrix from the coordinates of a TRK file to mm, RAS+. TrackVis counts in mm from the corner of the first voxel, with axes in
 * the header's voxel order; the matrix in the header is for voxel centres, with its own order of axes. Where the two differ, axes are
 * flipped and permuted as nibabel does (`get_affine_trackvis_to_rasmm`).
 *
 * @returns row-major 3x4
 */
export function trkToRas(header: TrkHeader, warnings: string[]): number[] {
  const voxelToRas = voxelMatrix(header, warnings);
  const voxelSize = voxelSizes(header, voxelToRas, warnings);
  const own = orientationOf(voxelToRas);
  const order = parseOrder(header.voxelOrder);
  if (order === undefined) {
    warnings.push(
      `the header's voxel order ${JSON.stringify(header.voxelOrder)} is not valid; it is assumed to be that of its matrix`,
    );
  }
  // Voxel coordinate i of the matrix is `sign * x[axis] / voxelSize[axis] + offset` of the file's coordinates x.
  const toVoxel = (order ?? own).map(([axis, sign], i) => {
    const target = own.findIndex(([other]) => other === axis);
    const flip = sign === own[target]?.[1] ? 1 : -1;
    const center = ((header.dims[i] ?? 1) - 1) / 2;
    return {
      axis: target,
      scale: flip / (voxelSize[target] ?? 1),
      offset: center - flip * center - flip / 2,
    };
  });
  const affine: number[] = [];
  for (let row = 0; row < 3; row += 1) {
    const [a, b, c, translation = 0] = voxelToRas.slice(4 * row, 4 * row + 4);
    const sums = [0, 0, 0, translation];
    toVoxel.forEach(({ axis, scale, offset }, i) => {
      const factor = [a, b, c][i] ?? 0;
      sums[axis] = (sums[axis] ?? 0) + factor * scale;
      sums[3] = (sums[3] ?? 0) + factor * offset;
    });
    affine.push(...sums);
  }
  return affine;
}

/** The matrix of the header, or one that only scales by the voxel size. */
function voxelMatrix({ version, voxelToRas, voxelSize }: TrkHeader, warnings: string[]): readonly number[] {
  if (voxelToRas?.every(Number.isFinite) && Math.abs(determinant(voxelToRas)) > 1e-12) return voxelToRas;
  const problem =
    voxelToRas !== undefined
      ? "the matrix in the header is not invertible"
      : version === 1
        ? "TRK version 1 has no matrix"
        : "the header has no matrix";
  warnings.push(
    `${problem}: positions are in mm from the first voxel of its image, and may not lie on the anatomy of other files`,
  );
  const [x, y, z] = voxelSize.map((size) => (size > 0 && Number.isFinite(size) ? size : 1));
  return [x ?? 1, 0, 0, 0, 0, y ?? 1, 0, 0, 0, 0, z ?? 1, 0, 0, 0, 0, 1];
}

function voxelSizes({ voxelSize }: TrkHeader, matrix: readonly number[], warnings: string[]): number[] {
  if (voxelSize.every((size) => size > 0 && Number.isFinite(size))) return [...voxelSize];
  warnings.push("the header has no valid voxel size; that of its matrix is used");
  return [0, 1, 2].map((axis) => Math.hypot(matrix[axis] ?? 0, matrix[4 + axis] ?? 0, matrix[8 + axis] ?? 0));
}

function parseOrder(order: string): Orientation | undefined {
  const axes = [...(order === "" ? DEFAULT_ORDER : order)].map((letter) => DIRECTIONS[letter]);
  const isValid = axes.length === 3 && new Set(axes.map((axis) => axis?.[0])).size === 3;
  return isValid ? axes.flatMap((axis) => (axis === undefined ? [] : [axis])) : undefined;
}

/** The axes of the world that are closest to the axes of the voxels: those of the closest rotation (polar decomposition). */
function orientationOf(matrix: readonly number[]): Orientation {
  const rotation = closestRotation(matrix);
  const free = new Set([0, 1, 2]);
  return [0, 1, 2].map((column) => {
    const at = (row: number): number => rotation[3 * row + column] ?? 0;
    const axis = [...free].reduce((best, row) => (Math.abs(at(row)) > Math.abs(at(best)) ? row : best));
    free.delete(axis);
    return [axis, at(axis) < 0 ? -1 : 1];
  });
}

/** The orthogonal factor of the 3x4 matrix without its scale, by Newton's iteration (Higham 1986), which converges quadratically. */
function closestRotation(matrix: readonly number[]): number[] {
  const lengths = [0, 1, 2].map((column) =>
    Math.hypot(matrix[column] ?? 0, matrix[4 + column] ?? 0, matrix[8 + column] ?? 0),
  );
  let r = [0, 1, 2].flatMap((row) =>
    [0, 1, 2].map((column) => (matrix[4 * row + column] ?? 0) / (lengths[column] || 1)),
  );
  for (let i = 0; i < 50; i += 1) {
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0, k = 0] = r;
    const cofactors = [
      ...[e * k - f * h, f * g - d * k, d * h - e * g],
      ...[c * h - b * k, a * k - c * g, b * g - a * h],
      ...[b * f - c * e, c * d - a * f, a * e - b * d],
    ];
    const scale = a * (cofactors[0] ?? 0) + b * (cofactors[1] ?? 0) + c * (cofactors[2] ?? 0);
    if (Math.abs(scale) < 1e-12) break;
    r = r.map((value, j) => (value + (cofactors[j] ?? 0) / scale) / 2);
  }
  return r;
}

function determinant(m: readonly number[]): number {
  const [a = 0, b = 0, c = 0, , d = 0, e = 0, f = 0, , g = 0, h = 0, k = 0] = m;
  const lengths = [Math.hypot(a, d, g), Math.hypot(b, e, h), Math.hypot(c, f, k)];
  const scale = (lengths[0] ?? 0) * (lengths[1] ?? 0) * (lengths[2] ?? 0);
  return scale === 0 ? 0 : (a * (e * k - f * h) - b * (d * k - f * g) + c * (d * h - e * g)) / scale;
}
