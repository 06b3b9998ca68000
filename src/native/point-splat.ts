import { clipStruct, type PlaneCoefficients } from "./clip-planes.ts";
import { type CellElement, elementOfCells } from "./splat-cells.ts";
import { lastNativeError, native } from "./symbols.ts";

/** Limits of native/point_splat.h. */
export const MAX_SIDE = 32_768;
export const MAX_POINT_SIZE = 1024;

/** A sample of the points from `start` to `end`: one of each `stride` successive points. */
export interface PointRange {
  readonly start: number;
  readonly end: number;
  readonly stride: number;
}

/** Draws a point cloud by splatting on the CPU, on several threads. */
export class PointSplatter {
  readonly #positions: Float32Array;
  /** sRGB with 8 bits for each point. */
  readonly #colors: Uint32Array | null;
  /** Width, height and point size, as sc_splat_view_s. */
  readonly #view = new Uint32Array(3);
  #cells = new Float64Array();
  #depths = new Float32Array();
  #pixels = new Uint8Array();

  /**
   * @param positions x, y, z of each point
   * @param colors red, green, blue of each point, linear, 0 to 1, not kept; or sRGB with 8 bits of each point, red in the lowest byte
   */
  constructor(positions: Float32Array, colors?: Float32Array | Uint32Array) {
    this.#positions = positions;
    if (colors === undefined) this.#colors = null;
    else if (colors instanceof Float32Array) this.#colors = packColors(colors, this.count);
    else if (colors.length >= this.count) this.#colors = colors;
    else throw new RangeError(`${this.count} points have only ${colors.length} colors`);
  }

  /** Number of points. */
  get count(): number {
    return Math.floor(this.#positions.length / 3);
  }

  get hasColors(): boolean {
    return this.#colors !== null;
  }

  /** Depth of each pixel, 0 (near) to 1 (far), or 2 without a point; rows bottom-up. Longer than the image after it became smaller. */
  get depths(): Float32Array<ArrayBuffer> {
    return this.#depths;
  }

  /** RGBA in sRGB of each pixel that has a point, laid out like `depths`; empty for a point cloud without colors. */
  get pixels(): Uint8Array<ArrayBuffer> {
    return this.#pixels;
  }

  /**
   * Begins an image.
   *
   * @param width px, clamped to 1 to 32768
   * @param height px, clamped to 1 to 32768
   * @param pointSize side of a point's square, px, rounded and clamped to 1 to 1024
   */
  begin(width: number, height: number, pointSize: number): void {
    const clamp = (value: number, max: number) => Math.min(max, Math.max(1, Math.round(value)));
    this.#view.set([clamp(width, MAX_SIDE), clamp(height, MAX_SIDE), clamp(pointSize, MAX_POINT_SIZE)]);
    const cells = native().sc_splat_cells(this.#view);
    // Arrays are kept for smaller images: new memory costs as much as drawing 5 million points.
    if (this.#cells.length < Number(cells)) this.#cells = new Float64Array(Number(cells));
    const pixels = this.#pixelCount;
    if (this.#depths.length < pixels) this.#depths = new Float32Array(pixels);
    if (this.hasColors && this.#pixels.length < 4 * pixels) this.#pixels = new Uint8Array(4 * pixels);
    check(native().sc_splat_clear(this.#view, this.#cells, this.#cells.length));
  }

  /**
   * Adds points to the image.
   *
   * @param matrix model-view-projection, 16 numbers in column-major order
   * @param planes in the coordinates of the points
   */
  add(
    { start, end, stride }: PointRange,
    matrix: Float64Array,
    planes: readonly PlaneCoefficients[] = [],
  ): void {
    if (matrix.length < 16) throw new RangeError(`a matrix has 16 numbers, not ${matrix.length}`);
    const points = [this.#positions, this.count, start, end, stride] as const;
    check(
      native().sc_splat_add(
        this.#view,
        this.#cells,
        this.#cells.length,
        ...points,
        matrix,
        clipStruct(planes),
      ),
    );
  }

  /** Writes the image to `depths` and `pixels`. */
  resolve(): void {
    const cells = [this.#cells, this.#cells.length] as const;
    const pixels = this.hasColors ? this.#pixels : null;
    check(
      native().sc_splat_resolve(
        this.#view,
        ...cells,
        this.#depths,
        this.#colors,
        this.count,
        pixels,
        this.#pixelCount,
      ),
    );
  }

  /** The nearest element at a pixel and its depth, of those added so far; undefined without one. */
  elementAt(x: number, y: number): CellElement | undefined {
    return elementOfCells(this.#cells, this.#view, x, y);
  }

  /** Frees the memory of the image. */
  clear(): void {
    this.#cells = new Float64Array();
    this.#depths = new Float32Array();
    this.#pixels = new Uint8Array();
  }

  get #pixelCount(): number {
    const [width = 0, height = 0] = this.#view;
    return width * height;
  }
}

function packColors(linear: Float32Array, count: number): Uint32Array {
  if (linear.length < 3 * count) throw new RangeError(`${count} points have only ${linear.length} colors`);
  const packed = new Uint32Array(count);
  check(native().sc_splat_pack_colors(linear, count, packed, packed.length));
  return packed;
}

function check(result: number): void {
  if (result < 0) throw lastNativeError();
}
