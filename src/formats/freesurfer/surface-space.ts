import { type Affine, affineOf, isInvertible } from "../volume/affine.ts";

/** Geometry of the volume that a surface was made from. */
export interface VolumeGeometry {
  /** Directions of the x, y and z axes of the voxels, RAS. */
  readonly directions: readonly (readonly number[])[];
  /** RAS position of the centre, mm. */
  readonly centre: readonly number[];
}

/**
 * The matrix from surface RAS, in which FreeSurfer stores surfaces, to scanner RAS, in which volumes are.
 *
 * Surface RAS ("tkregister" space) has its origin at the centre of the volume, and the axes of a coronal image: x of the voxels to the
 * left, y to the bottom, z to the front. So a point is first expressed by these axes, then by the real ones: D T^-1 p + c_ras. For the
 * usual conformed volumes this is a translation by c_ras. FreeView does the same; niivue only translates.
 *
 * @returns undefined if the geometry is not valid
 */
export function surfaceToScanner({ directions, centre }: VolumeGeometry): Affine | undefined {
  const [x = [], y = [], z = []] = directions;
  const negative = (column: readonly number[]): number[] => column.map((value) => -value);
  // T^-1 maps right to -x, front to z and top to -y.
  const affine = affineOf([negative(x), [...z], negative(y)], centre);
  return isInvertible(affine) ? affine : undefined;
}
