import {
  type Affine,
  affineOf,
  isInvertible,
  scaleWorld,
  voxelToWorld,
  withOrigin,
} from "../volume/affine.ts";
import type { NiftiHeader } from "./nifti-header.ts";

/** Millimetres per unit of space, by the lower three bits of xyzt_units. Files without a unit are in mm. */
const MM_PER_UNIT: Readonly<Record<number, number>> = { 1: 1000, 2: 1, 3: 0.001 };

/** Seconds per unit of time, by the next three bits; 0 (no unit) is seconds, as other programs read it. */
const SECONDS_PER_UNIT: Readonly<Record<number, number>> = { 0: 1, 8: 1, 16: 0.001, 24: 0.000001 };

/**
 * The matrix from voxels to RAS+ mm: the sform, else the qform, else that of ANALYZE. The order is that of nibabel, FSL and SPM.
 *
 * Source: nifti1.h, "3D IMAGE (VOLUME) ORIENTATION AND LOCATION IN SPACE".
 */
export function niftiAffine(header: NiftiHeader, warnings: string[]): Affine {
  const mm = MM_PER_UNIT[header.units & 7] ?? 1;
  return scaleWorld(storedAffine(header, warnings), [mm, mm, mm]);
}

function storedAffine(header: NiftiHeader, warnings: string[]): Affine {
  const { sformCode, qformCode, srow } = header;
  const sform = [...srow, 0, 0, 0, 1];
  if (sformCode > 0 && isInvertible(sform)) return sform;
  const qform = qformAffine(header);
  const hasQform = qformCode > 0 && isInvertible(qform);
  if (sformCode > 0) {
    const used = hasQform ? "its qform is used" : "its voxel sizes are used";
    warnings.push(`its orientation (sform) is not a valid matrix: ${used}`);
  } else if (qformCode > 0 && !hasQform) {
    warnings.push("its orientation (qform) has values that are not numbers: its voxel sizes are used");
  }
  if (hasQform) return qform;
  if (sformCode <= 0 && qformCode <= 0) {
    warnings.push(
      "it has no orientation (sform_code and qform_code are 0): the first voxel is assumed to be at the right, back and bottom",
    );
  }
  return analyzeAffine(header);
}

/** Sizes of a voxel along i, j and k. Writers leave 0 for axes that do not exist. */
function voxelSizes({ pixdim }: NiftiHeader): number[] {
  return pixdim.slice(1, 4).map((size) => (Number.isFinite(size) && size !== 0 ? Math.abs(size) : 1));
}

/** The matrix of a quaternion, whose first component is not stored, the voxel sizes and the offset. */
function qformAffine(header: NiftiHeader): Affine {
  let [b = 0, c = 0, d = 0] = header.quaternion;
  const squares = b * b + c * c + d * d;
  // Rounding to Float32 makes rotations by 180 degrees slightly longer than 1.
  const excess = squares > 1 ? Math.sqrt(squares) : 1;
  [b, c, d] = [b / excess, c / excess, d / excess];
  const a = Math.sqrt(Math.max(0, 1 - squares));
  const [di = 1, dj = 1, dk = 1] = voxelSizes(header);
  const qfac = (header.pixdim[0] ?? 1) < 0 ? -1 : 1;
  const i = [a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c)];
  const j = [2 * (b * c - a * d), a * a + c * c - b * b - d * d, 2 * (c * d + a * b)];
  const k = [2 * (b * d + a * c), 2 * (c * d - a * b), a * a + d * d - b * b - c * c];
  const scaled = (column: number[], factor: number): number[] => column.map((value) => value * factor);
  return affineOf([scaled(i, di), scaled(j, dj), scaled(k, dk * qfac)], header.qoffset);
}

/** ANALYZE has no orientation: the x axis goes to the left, and the centre of the grid is at 0, as in nibabel and SPM. */
function analyzeAffine(header: NiftiHeader): Affine {
  const [x = 1, y = 1, z = 1] = voxelSizes(header);
  const columns = [
    [-x, 0, 0],
    [0, y, 0],
    [0, 0, z],
  ];
  const centre = header.dim.slice(0, 3).map((size) => (size - 1) / 2);
  const matrix = affineOf(columns, [0, 0, 0]);
  return withOrigin(
    matrix,
    voxelToWorld(matrix, centre).map((value) => -value),
  );
}

/** Duration of a time step, s; undefined if the header has no duration or its unit is not a unit of time. */
export function niftiFrameSeconds({ pixdim, units }: NiftiHeader): number | undefined {
  const seconds = (pixdim[4] ?? 0) * (SECONDS_PER_UNIT[units & 0x38] ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}
