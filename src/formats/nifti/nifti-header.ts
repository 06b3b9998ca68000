import { DataError } from "../load-error.ts";
import type { StoredAxis } from "../volume/stored-axis.ts";
import type { VoxelType } from "../volume/voxel-type.ts";

const NIFTI1_BYTES = 348;
/** Size of the header of NIfTI-2, bytes, which is the largest. */
export const NIFTI2_BYTES = 540;

/** "analyze" is the predecessor of NIfTI, without a magic number and an orientation. */
type NiftiVersion = 1 | 2 | "analyze";

/** The fields of a NIfTI header that scenecast uses, as they are stored. Names as in nifti1.h. */
export interface NiftiHeader {
  readonly version: NiftiVersion;
  /** Header and voxels are in separate files. */
  readonly isPair: boolean;
  readonly littleEndian: boolean;
  readonly headerBytes: number;
  /** dim[1] to dim[7]; 1 beyond dim[0]. */
  readonly dim: readonly number[];
  /** pixdim[0] to pixdim[7]. */
  readonly pixdim: readonly number[];
  readonly datatype: number;
  readonly voxOffset: number;
  readonly slope: number;
  readonly intercept: number;
  readonly calMin: number;
  readonly calMax: number;
  readonly units: number;
  readonly qformCode: number;
  readonly sformCode: number;
  /** b, c, d. */
  readonly quaternion: readonly number[];
  readonly qoffset: readonly number[];
  /** 12 numbers, row-major. */
  readonly srow: readonly number[];
}

interface Detected {
  readonly version: NiftiVersion;
  readonly isPair: boolean;
  readonly littleEndian: boolean;
}

/** Detects the version and byte order by `sizeof_hdr` and the magic number; undefined for other data. */
export function detectNifti(head: Uint8Array): Detected | undefined {
  if (head.length < NIFTI1_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (const littleEndian of [true, false]) {
    const size = view.getInt32(0, littleEndian);
    if (size === NIFTI2_BYTES) {
      const magic = latin1(head.subarray(4, 7));
      if (magic === "n+2" || magic === "ni2") return { version: 2, isPair: magic === "ni2", littleEndian };
    }
    if (size !== NIFTI1_BYTES) continue;
    const magic = latin1(head.subarray(344, 347));
    if (magic === "n+1" || magic === "ni1") return { version: 1, isPair: magic === "ni1", littleEndian };
    const dims = view.getInt16(40, littleEndian);
    if (magic === "\0\0\0" && dims >= 1 && dims <= 7)
      return { version: "analyze", isPair: true, littleEndian };
  }
  return undefined;
}

/**
 * Parses the header at the start of a file.
 *
 * @throws DataError
 */
export function parseNiftiHeader(head: Uint8Array): NiftiHeader {
  const detected = detectNifti(head);
  if (detected === undefined) {
    const isShort = head.length < NIFTI1_BYTES;
    throw new DataError(isShort ? "the file is cut off in its header" : "it does not have a NIfTI header");
  }
  const headerBytes = detected.version === 2 ? NIFTI2_BYTES : NIFTI1_BYTES;
  if (head.length < headerBytes) throw new DataError("the file is cut off in its header");
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const { littleEndian } = detected;
  const i16 = (offset: number): number => view.getInt16(offset, littleEndian);
  const i32 = (offset: number): number => view.getInt32(offset, littleEndian);
  const i64 = (offset: number): number => Number(view.getBigInt64(offset, littleEndian));
  const f32 = (offset: number): number => view.getFloat32(offset, littleEndian);
  const f64 = (offset: number): number => view.getFloat64(offset, littleEndian);
  const list = (count: number, stride: number, start: number, read: (offset: number) => number): number[] =>
    Array.from({ length: count }, (_, n) => read(start + n * stride));
  if (detected.version === 2) {
    return {
      ...detected,
      headerBytes,
      dim: checkedDim(list(8, 8, 16, i64)),
      pixdim: list(8, 8, 104, f64),
      datatype: i16(12),
      voxOffset: i64(168),
      slope: f64(176),
      intercept: f64(184),
      calMax: f64(192),
      calMin: f64(200),
      units: i32(500),
      qformCode: i32(344),
      sformCode: i32(348),
      quaternion: list(3, 8, 352, f64),
      qoffset: list(3, 8, 376, f64),
      srow: list(12, 8, 400, f64),
    };
  }
  const isAnalyze = detected.version === "analyze";
  return {
    ...detected,
    headerBytes,
    dim: checkedDim(list(8, 2, 40, i16)),
    pixdim: list(8, 4, 76, f32),
    datatype: i16(70),
    voxOffset: f32(108),
    slope: f32(112),
    intercept: f32(116),
    calMax: f32(124),
    calMin: f32(128),
    units: isAnalyze ? 0 : (head[123] ?? 0),
    qformCode: isAnalyze ? 0 : i16(252),
    sformCode: isAnalyze ? 0 : i16(254),
    quaternion: list(3, 4, 256, f32),
    qoffset: list(3, 4, 268, f32),
    srow: list(12, 4, 280, f32),
  };
}

/**
 * The sizes of the seven axes. Writers leave the sizes of axes that do not exist at 0; some do not count the axes.
 *
 * @param dim the number of axes and their sizes
 */
function checkedDim([count = 0, ...sizes]: readonly number[]): number[] {
  if (count < 0 || count > 7)
    throw new DataError(`its number of axes (dim[0]) is ${count}, which is not 0 to 7`);
  const axes = count === 0 ? sizes.findLastIndex((size) => size > 1) + 1 : count;
  if (axes === 0) throw new DataError("it has no voxels: dim[0] is 0");
  return sizes.map((size, i) => {
    if (i >= axes) return 1;
    if (size < 0 || (size === 0 && i < 2)) {
      throw new DataError(`its size along axis ${i + 1} (dim[${i + 1}]) is ${size}`);
    }
    return Math.max(1, size);
  });
}

interface Datatype {
  readonly type: VoxelType;
  readonly components: number;
}

const DATATYPES: Readonly<Record<number, Datatype>> = {
  2: { type: "uint8", components: 1 },
  4: { type: "int16", components: 1 },
  8: { type: "int32", components: 1 },
  16: { type: "float32", components: 1 },
  32: { type: "complex64", components: 1 },
  64: { type: "float64", components: 1 },
  128: { type: "uint8", components: 3 },
  256: { type: "int8", components: 1 },
  512: { type: "uint16", components: 1 },
  768: { type: "uint32", components: 1 },
  1024: { type: "int64", components: 1 },
  1280: { type: "uint64", components: 1 },
  1792: { type: "complex128", components: 1 },
  2304: { type: "uint8", components: 4 },
};

const UNSUPPORTED: Readonly<Record<number, string>> = {
  1: "1-bit values",
  1536: "128-bit floating-point numbers",
  2048: "256-bit complex numbers",
};

/** @throws DataError for a type that is unknown, or that cannot be read */
export function niftiDatatype({ datatype }: NiftiHeader): Datatype {
  const known = DATATYPES[datatype];
  if (known !== undefined) return known;
  const name = UNSUPPORTED[datatype] ?? "an unknown type of values";
  throw new DataError(`it has ${name} (datatype ${datatype}), which cannot be read; convert it to float32`);
}

/** The axes in storage order. Those after the third are time, since files use them for volumes of any kind. */
export function niftiAxes(header: NiftiHeader): StoredAxis[] {
  const [i = 1, j = 1, k = 1, ...others] = header.dim;
  return [
    { role: "component", size: niftiDatatype(header).components },
    { role: "i", size: i },
    { role: "j", size: j },
    { role: "k", size: k },
    { role: "time", size: others.reduce((product, size) => product * size, 1) },
  ];
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
