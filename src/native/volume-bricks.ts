import { castPlanes, type PlaneCoefficients } from "./clip-planes.ts";
import { numericType } from "./numeric-array.ts";
import { lastNativeError, native } from "./symbols.ts";
import type { VoxelFrame } from "./volume-kernels.ts";

const BRICK_VOXELS = 512;
const VALUES = 256;

/** Number of entries in a table of colors for {@link BrickCaster.cast}. */
export const CAST_COLORS = 1024;

/** Maximum number of voxels, which the kernel addresses with 32 bits. */
const MAX_VOXELS = 2 ** 32;

/** How the values of a volume become numbers from 0 to 255. */
export interface Quantization {
  /** 0 to 1 over the range of values: `scale * stored + offset`. */
  readonly scale: number;
  readonly offset: number;
  /** Range outside of which a voxel becomes 0, in the same units. */
  readonly threshold: readonly [number, number];
}

/** Plain data, so that a Worker can make it. */
export interface BrickData {
  readonly dims: readonly [number, number, number];
  readonly voxels: Uint8Array;
  readonly minima: Uint8Array;
  readonly maxima: Uint8Array;
}

export interface CastView {
  /** Column-major 4x4 matrix from normalized device coordinates of the picture to voxel coordinates. */
  readonly toVoxel: readonly number[];
  /** Column-major 4x4 matrix from voxel to clip coordinates. */
  readonly toClip: readonly number[];
  /** Column-major 3x3 matrix from voxel to world directions. */
  readonly toWorld: readonly number[];
  /** Column-major 3x3 matrix from gradients in voxels to normals in view coordinates. */
  readonly toNormal: readonly number[];
  /** Distance of two samples, world units. */
  readonly step: number;
  readonly mode: "maximum" | "lit";
  /** Maximum of interpolated samples, instead of all voxels on the ray. */
  readonly isLinear: boolean;
  /** Gradients by central differences: smoother, and three times slower. */
  readonly isFine: boolean;
  /** In voxel coordinates. */
  readonly planes: readonly PlaneCoefficients[];
}

/** A picture that is cast; rows are bottom-up. */
export interface CastPicture {
  readonly width: number;
  readonly height: number;
  /** Premultiplied RGBA in sRGB. */
  readonly colors: Uint8Array;
  /** 0 (near) to 1 (far), 2 where nothing is. */
  readonly depths: Float32Array;
}

/** Stores a volume of one component for ray casting, with 8 bits per voxel. Takes 0.2 s for 512^3 voxels. */
export function makeBricks(frame: VoxelFrame, quantization: Quantization, reused?: BrickData): BrickData {
  const { values, first, dims } = frame;
  const { scale, offset, threshold } = quantization;
  const shape = new Uint32Array([...dims, 1]);
  const count = Number(native().sc_bricks_count(shape));
  if (count === 0 || count * BRICK_VOXELS > MAX_VOXELS)
    throw new RangeError(`a volume of ${dims.join(" x ")} voxels is too large for ray casting`);
  const {
    voxels = new Uint8Array(BRICK_VOXELS * count),
    minima = new Uint8Array(count),
    maxima = new Uint8Array(count),
  } = reused ?? {};
  const volume = [values, values.length, numericType(values), shape, first] as const;
  const mapping = [scale, offset, ...threshold] as const;
  check(native().sc_bricks_fill(...volume, ...mapping, voxels, voxels.length, minima, maxima, count));
  return { dims, voxels, minima, maxima };
}

/** Casts rays through the bricks of a volume, on several threads. */
export class BrickCaster {
  readonly #data: BrickData;
  readonly #shape: Uint32Array;
  readonly #distances: Uint8Array;

  /** @param visible for each value, 0 to 255, whether it is visible; bricks without a visible value are skipped */
  constructor(data: BrickData, visible: (value: number) => boolean) {
    this.#data = data;
    this.#shape = new Uint32Array([...data.dims, 1]);
    this.#distances = new Uint8Array(data.minima.length);
    const flags = Uint8Array.from({ length: VALUES }, (_, value) => Number(visible(value)));
    const { minima, maxima } = data;
    check(native().sc_bricks_distances(this.#shape, minima, maxima, minima.length, flags, this.#distances));
  }

  /**
   * Casts rows of a picture.
   *
   * @param colors `CAST_COLORS` times red, green, blue, and the opacity of one step, 0 to 1, for the values 0 to 255
   */
  cast(view: CastView, colors: Float32Array, picture: CastPicture, rows: readonly [number, number]): void {
    if (colors.length < 4 * CAST_COLORS || picture.colors.length < 4 * picture.width * picture.height)
      throw new RangeError("the colors are too few");
    const { voxels, maxima } = this.#data;
    const { toVoxel, toClip, toWorld, toNormal, step, mode, isLinear, isFine, planes } = view;
    const flags = [mode === "lit", isLinear, isFine].map(Number);
    const numbers = [...toVoxel, ...toClip, ...toWorld, ...toNormal, step, ...flags, ...castPlanes(planes)];
    const parameters = new Float64Array(numbers);
    const volume = [voxels, voxels.length, this.#shape, maxima, this.#distances, maxima.length] as const;
    const { width, height, depths } = picture;
    check(
      native().sc_cast_rows(
        ...volume,
        parameters,
        colors,
        width,
        height,
        ...rows,
        picture.colors,
        depths,
        depths.length,
      ),
    );
  }
}

function check(result: number): void {
  if (result < 0) throw lastNativeError();
}
