import { DataError } from "../load-error.ts";
import { type Affine, affineOf, isInvertible, voxelToWorld, withOrigin } from "../volume/affine.ts";
import type { StoredAxis } from "../volume/stored-axis.ts";
import type { VoxelType } from "../volume/voxel-type.ts";

/** Offset of the voxels, bytes. */
export const MGH_HEADER_BYTES = 284;

/** The header of FreeSurfer's volumes, which is big-endian. */
export interface MghHeader {
  readonly version: number;
  /** Width, height, depth and frames. */
  readonly sizes: readonly number[];
  readonly typeCode: number;
  /** The orientation is valid. */
  readonly goodRas: boolean;
  /** Voxel sizes, mm. */
  readonly delta: readonly number[];
  /** Directions of the x, y and z axes, RAS. */
  readonly directions: readonly (readonly number[])[];
  /** RAS position of the centre, mm. */
  readonly centre: readonly number[];
}

const TYPES: Readonly<Record<number, VoxelType>> = {
  0: "uint8",
  1: "int32",
  3: "float32",
  4: "int16",
  10: "uint16",
};

/** @throws DataError if the file is cut off in its header */
export function parseMghHeader(head: Uint8Array): MghHeader {
  if (head.length < MGH_HEADER_BYTES) throw new DataError("the file is cut off in its header");
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const floats = (offset: number): number[] => [0, 4, 8].map((step) => view.getFloat32(offset + step));
  return {
    version: view.getInt32(0),
    sizes: [4, 8, 12, 16].map((offset) => view.getInt32(offset)),
    typeCode: view.getInt32(20),
    goodRas: view.getInt16(28) > 0,
    delta: floats(30),
    directions: [42, 54, 66].map(floats),
    centre: floats(78),
  };
}

/** @throws DataError for a type that cannot be read */
export function mghType({ typeCode }: MghHeader): VoxelType {
  const type = TYPES[typeCode];
  if (type !== undefined) return type;
  throw new DataError(`it has an unknown type of values (${typeCode})`);
}

export function mghAxes({ sizes: [i = 0, j = 0, k = 0, frames = 0] }: MghHeader): StoredAxis[] {
  return [
    { role: "i", size: i },
    { role: "j", size: j },
    { role: "k", size: k },
    { role: "time", size: frames },
  ];
}

/** Whether the values belong to the vertices of a surface: FreeSurfer saves those as a volume with one row. */
export function hasSurfaceValues({ sizes: [i = 0, j = 0, k = 0] }: MghHeader): boolean {
  return i > 1 && j === 1 && k === 1;
}

/** Without an orientation, FreeSurfer assumes a coronal image: x to the left, y to the bottom, z to the front. */
const DEFAULT_DIRECTIONS = [
  [-1, 0, 0],
  [0, 0, -1],
  [0, 1, 0],
];

/** The matrix from voxels to scanner RAS, mm (vox2ras of FreeSurfer), which is nibabel's, too. */
export function mghAffine(header: MghHeader, warnings: string[]): Affine {
  const { goodRas, directions, centre } = header;
  if (goodRas) {
    const affine = centred(header, scaled(directions, header.delta), centre);
    if (isInvertible(affine)) return affine;
    warnings.push("its orientation is not a valid matrix: that of a coronal image is assumed");
  } else warnings.push("it has no orientation: that of a coronal image is assumed");
  return centred(header, DEFAULT_DIRECTIONS, [0, 0, 0]);
}

function scaled(directions: readonly (readonly number[])[], delta: readonly number[]): number[][] {
  return directions.map((direction, i) => direction.map((value) => value * (delta[i] ?? 1)));
}

/** @param centre world position of the voxel at half of the sizes */
function centred(
  { sizes }: MghHeader,
  columns: readonly (readonly number[])[],
  centre: readonly number[],
): Affine {
  const affine = affineOf(columns, [0, 0, 0]);
  const half = voxelToWorld(
    affine,
    sizes.slice(0, 3).map((size) => size / 2),
  );
  return withOrigin(
    affine,
    centre.map((value, i) => value - (half[i] ?? 0)),
  );
}
