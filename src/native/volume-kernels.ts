import { type NumericArray, numericType } from "./numeric-array.ts";
import { lastNativeError, native } from "./symbols.ts";

/** One time step of a volume. */
export interface VoxelFrame {
  /** All components of the first voxel, then those of the second; i varies fastest, then j and k. */
  readonly values: NumericArray;
  /** Number of the first value of the time step. */
  readonly first: number;
  readonly dims: readonly [number, number, number];
  readonly components: number;
}

/** Minimum and maximum of stored values; without a finite value, `min` is above `max`. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
  /** Number of values that are NaN or infinite. */
  readonly invalid: number;
}

/** Computes the range of stored values, on several threads. */
export function rangeOfValues(values: NumericArray): ValueRange {
  const range = new Float64Array(3);
  check(native().sc_volume_range(values, values.length, numericType(values), range));
  const [min = 0, max = 0, invalid = 0] = range;
  return { min, max, invalid };
}

/** Where the texels of a slice are in a volume, and how its values are scaled. */
export interface SliceSampling {
  /** Texels. */
  readonly width: number;
  readonly height: number;
  /** Voxel coordinates of the first texel's centre; integers are voxel centres. */
  readonly origin: readonly number[];
  /** Steps from one texel to the next one of its row and column, in voxel coordinates. */
  readonly alongS: readonly number[];
  readonly alongT: readonly number[];
  /** A texel is `scale * stored + offset`. */
  readonly scale: number;
  readonly offset: number;
  /** Trilinear interpolation instead of the nearest voxel. */
  readonly linear: boolean;
}

/**
 * Resamples a volume in a plane, on several threads.
 *
 * @param out receives all components of each texel, row by row, three with the stride of four; -3e38 outside of the volume and for NaN
 */
export function sliceVolume(frame: VoxelFrame, sampling: SliceSampling, out: Float32Array): void {
  const { values, first, dims, components } = frame;
  const { width, height, origin, alongS, alongT, scale, offset, linear } = sampling;
  const plane = new Float64Array([...origin, ...alongS, ...alongT, scale, offset]);
  const shape = new Uint32Array([...dims, components]);
  const volume = [values, values.length, numericType(values), shape, first] as const;
  check(native().sc_volume_slice(...volume, plane, linear ? 1 : 0, width, height, out, out.length));
}

function check(result: number): void {
  if (result < 0) throw lastNativeError();
}
