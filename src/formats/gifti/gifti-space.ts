import { surfaceToScanner } from "../freesurfer/surface-space.ts";
import { type Affine, isInvertible } from "../volume/affine.ts";
import type { GiftiArray } from "./gifti-document.ts";

/** Spaces in which the volume of the same subject is. */
const ANATOMICAL_SPACES: ReadonlySet<string> = new Set(["SCANNER_ANAT", "ALIGNED_ANAT"]);

/**
 * The matrix from the coordinates of a file to RAS+ mm; undefined if they are that already.
 *
 * Points in a known space are not moved: a second matrix is one to another space, such as Talairach's, in which the volume of the same
 * subject is not. Points in an unknown space are moved by a matrix to the scanner's space, or, as written by FreeSurfer, by the geometry
 * of the volume.
 */
export function giftiTransform(points: GiftiArray, warnings: string[]): Affine | undefined {
  const { transforms } = points;
  if (transforms.some(({ from }) => from !== "UNKNOWN")) return undefined;
  const toScanner = transforms.find(({ to }) => ANATOMICAL_SPACES.has(to));
  if (toScanner !== undefined && !isIdentity(toScanner.matrix)) {
    if (toScanner.matrix.length === 16 && isInvertible(toScanner.matrix)) return toScanner.matrix;
    warnings.push("its coordinate system matrix is not valid, and is not used");
  }
  return freeSurferTransform(points);
}

/** By the metadata that mris_convert writes: VolGeomX_R to VolGeomZ_S, and VolGeomC_R, VolGeomC_A, VolGeomC_S. */
function freeSurferTransform({ metadata }: GiftiArray): Affine | undefined {
  const vector = (name: string): number[] =>
    ["R", "A", "S"].map((axis) => Number(metadata.get(`VolGeom${name}_${axis}`) ?? Number.NaN));
  return surfaceToScanner({ directions: ["X", "Y", "Z"].map(vector), centre: vector("C") });
}

function isIdentity(matrix: readonly number[]): boolean {
  return matrix.length === 16 && matrix.every((value, i) => Math.abs(value - (i % 5 === 0 ? 1 : 0)) < 1e-6);
}
