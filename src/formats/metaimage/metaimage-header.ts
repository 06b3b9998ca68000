import { DataError, quote } from "../load-error.ts";
import { type Affine, affineOf, isInvertible, scaleWorld } from "../volume/affine.ts";
import type { StoredAxis } from "../volume/stored-axis.ts";
import { VOXEL_BYTES, type VoxelType } from "../volume/voxel-type.ts";

/** MET_LONG has 32 bits on all machines. */
const TYPES: Readonly<Record<string, VoxelType>> = {
  CHAR: "int8",
  UCHAR: "uint8",
  SHORT: "int16",
  USHORT: "uint16",
  INT: "int32",
  UINT: "uint32",
  LONG: "int32",
  ULONG: "uint32",
  LONG_LONG: "int64",
  ULONG_LONG: "uint64",
  FLOAT: "float32",
  DOUBLE: "float64",
};

export interface MetaImageHeader {
  readonly type: VoxelType;
  readonly littleEndian: boolean;
  /** The voxels are decimal numbers. */
  readonly isText: boolean;
  readonly isCompressed: boolean;
  /** Bytes before the voxels in files of their own; -1: the voxels are the last bytes. */
  readonly headerSize: number;
  /** Value of ElementDataFile. */
  readonly dataFile: string;
  readonly axes: readonly StoredAxis[];
  readonly affine: Affine;
  /** Duration of a time step. */
  readonly timeSpacing: number | undefined;
  /** Number of values. */
  readonly count: number;
  /** Number of bytes. */
  readonly bytes: number;
}

/**
 * Parses the lines up to ElementDataFile, which is the last one.
 *
 * @throws DataError
 */
export function parseMetaImageHeader(text: string, warnings: string[]): MetaImageHeader {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, name, value = ""] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name !== undefined) fields.set(name, value);
  }
  const numbers = (...names: string[]): number[] | undefined =>
    names
      .map((name) => fields.get(name))
      .find((value) => value !== undefined)
      ?.split(/\s+/)
      .map(Number);
  const isTrue = (name: string): boolean => /^(?:true|1|t|yes)$/i.test(fields.get(name) ?? "");
  const sizes = numbers("DimSize") ?? [];
  const [dimensions = sizes.length] = numbers("NDims") ?? [];
  const hasSizes = sizes.length === dimensions && sizes.every((size) => Number.isInteger(size) && size > 0);
  if (!hasSizes || dimensions < 1 || dimensions > 4) {
    throw new DataError(
      `its DimSize is ${quote(fields.get("DimSize") ?? "")}, for ${dimensions || "an unknown number of"} axes`,
    );
  }
  const typeName = (fields.get("ElementType") ?? "").replace(/^MET_|_ARRAY$/g, "");
  const type = TYPES[typeName];
  if (type === undefined) throw new DataError(`its ElementType ${quote(typeName)} cannot be read`);
  const [channels = 1] = numbers("ElementNumberOfChannels") ?? [];
  const axes = axesOf(sizes, channels, type);
  const count = axes.reduce((product, { size }) => product * size, 1);
  const spacing = numbers("ElementSpacing", "ElementSize") ?? [];
  const dataFile = fields.get("ElementDataFile");
  if (dataFile === undefined)
    throw new DataError("it has no ElementDataFile, which says where the voxels are");
  return {
    type,
    littleEndian: !isTrue("BinaryDataByteOrderMSB") && !isTrue("ElementByteOrderMSB"),
    isText: /^(?:false|0|f|no)$/i.test(fields.get("BinaryData") ?? ""),
    isCompressed: isTrue("CompressedData"),
    headerSize: Math.max(-1, Math.floor(numbers("HeaderSize")?.[0] ?? 0) || 0),
    dataFile,
    axes,
    affine: affine(
      {
        dimensions,
        matrix: numbers("TransformMatrix", "Rotation", "Orientation"),
        offset: numbers("Offset", "Position", "Origin") ?? [],
        spacing,
      },
      warnings,
    ),
    timeSpacing: spacing[3],
    count,
    bytes: count * VOXEL_BYTES[type],
  };
}

/** Channels are colors if they are 3 or 4 bytes, else steps like those of time. */
function axesOf(
  [i = 1, j = 1, k = 1, time = 1]: readonly number[],
  channels: number,
  type: VoxelType,
): StoredAxis[] {
  if (!Number.isInteger(channels) || channels < 1) {
    throw new DataError(`its ElementNumberOfChannels is ${channels || quote("not a number")}`);
  }
  const isColor = type === "uint8" && (channels === 3 || channels === 4);
  if (!isColor && channels > 1 && time > 1) {
    throw new DataError(`it has ${channels} channels and ${time} time steps, which is not supported`);
  }
  const space: StoredAxis[] = [
    { role: "i", size: i },
    { role: "j", size: j },
    { role: "k", size: k },
  ];
  if (isColor) return [{ role: "component", size: channels }, ...space, { role: "time", size: time }];
  return channels > 1
    ? [{ role: "time", size: channels }, ...space]
    : [...space, { role: "time", size: time }];
}

interface Orientation {
  readonly dimensions: number;
  /** The direction of each axis, one after the other. */
  readonly matrix: readonly number[] | undefined;
  readonly offset: readonly number[];
  readonly spacing: readonly number[];
}

/** The matrix to RAS+ mm. ITK's coordinates are LPS, whatever AnatomicalOrientation says. */
function affine({ dimensions, matrix, offset, spacing }: Orientation, warnings: string[]): Affine {
  const step = (axis: number): number => {
    const value = spacing[axis] ?? 1;
    return Number.isFinite(value) && value !== 0 ? Math.abs(value) : 1;
  };
  const direction = (axis: number, row: number): number => {
    const isStored = matrix?.length === dimensions ** 2 && axis < dimensions && row < dimensions;
    return isStored ? (matrix[axis * dimensions + row] ?? 0) : Number(axis === row);
  };
  const place = [0, 1, 2].map((row) => offset[row] || 0);
  const columns = (directionOf: typeof direction): number[][] =>
    [0, 1, 2].map((axis) => [0, 1, 2].map((row) => directionOf(axis, row) * step(axis)));
  const lps = affineOf(columns(direction), place);
  if (isInvertible(lps)) return scaleWorld(lps, [-1, -1, 1]);
  warnings.push("its TransformMatrix is not valid, and is not used");
  return scaleWorld(
    affineOf(
      columns((axis, row) => Number(axis === row)),
      place,
    ),
    [-1, -1, 1],
  );
}
