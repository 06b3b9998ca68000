import { ptr } from "bun:ffi";
import { clipStruct, type PlaneCoefficients } from "./clip-planes.ts";
import { type NumericArray, numericType } from "./numeric-array.ts";
import { MAX_POINT_SIZE, MAX_SIDE } from "./point-splat.ts";
import { type CellElement, elementOfCells } from "./splat-cells.ts";
import { lastNativeError, native } from "./symbols.ts";

/** Side of the table of brightness, SC_LINES_LIGHT_SIDE of native/line_splat.h. */
export const LIGHT_SIDE = 64;

/** Sources of colors of native/line_splat.h. */
const SOURCE = { fixed: 0, direction: 1, perLine: 2, perPoint: 3, perPointNearest: 4 } as const;

/** Streamlines to draw. The arrays are not copied. */
export interface LineData {
  /** x, y, z of each point. */
  readonly positions: Float32Array;
  /** First point of each streamline, and the number of points. */
  readonly offsets: Uint32Array;
  /** Streamlines to draw. */
  readonly order: Uint32Array;
  /** A bit per point, the lowest bit of each element first: segments with an invisible point are omitted. Default: all are visible. */
  readonly visible?: Uint32Array | undefined;
}

/** Values of one component of an array, or its magnitude. */
export interface Component {
  readonly values: NumericArray;
  readonly components: number;
  readonly component: number | "magnitude";
}

/** Where the colors of streamlines come from. Colors are sRGB with 8 bits, red in the lowest. */
export type LineColors =
  | { readonly source: "fixed"; readonly color: number }
  /** |x|, |y|, |z| of the tangent as red, green and blue. */
  | { readonly source: "direction" }
  /** A color per streamline. */
  | { readonly source: "perLine"; readonly colors: Uint32Array }
  /** Values of the points, by a table of colors. */
  | {
      readonly source: "perPoint" | "perPointNearest";
      readonly array: Component;
      readonly table: Uint32Array;
      readonly range: readonly [min: number, max: number];
    };

/** View of one image. Matrices have 16 numbers in column-major order. */
export interface LineView {
  /** Model-view-projection. */
  readonly projection: ArrayLike<number>;
  readonly modelView: ArrayLike<number>;
  readonly isOrthographic: boolean;
  /** Radius of tubes at w = 1, px; 0 for lines. */
  readonly radius: number;
  /** Difference of depth, 0 to 1, between the axis of a tube and its nearest point, at w = 1. */
  readonly relief: number;
  /** In the coordinates of the streamlines. Default: none. */
  readonly planes?: readonly PlaneCoefficients[];
}

/** Draws streamlines by splatting on the CPU, on several threads. */
export class LineSplatter {
  readonly #data: LineData;
  /** Addresses and numbers of sc_lines_s. */
  readonly #lines: BigUint64Array;
  /** Width, height and line width, as sc_splat_view_s. */
  readonly #size = new Uint32Array(3);
  /** sc_lines_view_s. */
  readonly #view = new Float64Array(35);
  /** sc_clip_s. */
  #clip: Uint8Array | null = null;
  #cells = new Float64Array();
  #depths = new Float32Array();
  #pixels = new Uint8Array();

  constructor(data: LineData) {
    this.#data = data;
    this.#lines = lineStruct(data);
  }

  /** Number of streamlines that are drawn. */
  get count(): number {
    return this.#data.order.length;
  }

  /** Depth of each pixel, 0 (near) to 1 (far), or 2 without a line; rows bottom-up. Longer than the image after it became smaller. */
  get depths(): Float32Array<ArrayBuffer> {
    return this.#depths;
  }

  /** RGBA in sRGB of each pixel that has a line, laid out like `depths`. */
  get pixels(): Uint8Array<ArrayBuffer> {
    return this.#pixels;
  }

  /**
   * Begins an image.
   *
   * @param width px, clamped to 1 to 32768
   * @param height px, clamped to 1 to 32768
   * @param lineWidth px, rounded and clamped to 1 to 1024; 1 for tubes
   */
  begin(width: number, height: number, lineWidth: number, view: LineView): void {
    const clamp = (value: number, max: number) => Math.min(max, Math.max(1, Math.round(value)));
    this.#size.set([clamp(width, MAX_SIDE), clamp(height, MAX_SIDE), clamp(lineWidth, MAX_POINT_SIZE)]);
    this.#view.set(Array.from({ length: 16 }, (_, i) => view.projection[i] ?? 0));
    this.#view.set(
      Array.from({ length: 16 }, (_, i) => view.modelView[i] ?? 0),
      16,
    );
    this.#view.set([view.radius, view.relief], 32);
    new Int32Array(this.#view.buffer)[68] = Number(view.isOrthographic);
    this.#clip = clipStruct(view.planes ?? []);
    const cells = Number(native().sc_splat_cells(this.#size));
    // Arrays are kept for smaller images: new memory costs as much as drawing a million segments.
    if (this.#cells.length < cells) this.#cells = new Float64Array(cells);
    const pixels = this.#pixelCount;
    if (this.#depths.length < pixels) {
      this.#depths = new Float32Array(pixels);
      this.#pixels = new Uint8Array(4 * pixels);
    }
    check(native().sc_splat_clear(this.#size, this.#cells, this.#cells.length));
  }

  /** Adds streamlines to the image: elements `start` to `end` of the order. */
  add(start: number, end: number): void {
    const cells = [this.#cells, this.#cells.length] as const;
    check(native().sc_lines_add(this.#size, ...cells, this.#lines, start, end, this.#view, this.#clip));
  }

  /**
   * Writes the image to `depths` and `pixels`. More streamlines can be added afterwards.
   *
   * @param brightness square table of `LIGHT_SIDE`: the factor of the color for a normal whose x and y in view coordinates, -1 to 1, are
   *   column and row
   */
  resolve(colors: LineColors, brightness: Float32Array): void {
    if (brightness.length < LIGHT_SIDE ** 2) throw new RangeError("the table of brightness is too small");
    const cells = [this.#cells, this.#cells.length] as const;
    const pixels = [this.#depths, this.#pixels, this.#pixelCount] as const;
    const style = styleOf(colors, brightness);
    check(native().sc_lines_resolve(this.#size, ...cells, this.#lines, this.#view, style, ...pixels));
  }

  /** The nearest element at a pixel and its depth, of those added so far; undefined without one. */
  elementAt(x: number, y: number): CellElement | undefined {
    return elementOfCells(this.#cells, this.#size, x, y);
  }

  /** Frees the memory of the image. */
  clear(): void {
    this.#cells = new Float64Array();
    this.#depths = new Float32Array();
    this.#pixels = new Uint8Array();
  }

  get #pixelCount(): number {
    const [width = 0, height = 0] = this.#size;
    return width * height;
  }
}

/** sc_lines_s; valid as long as the arrays are. */
export function lineStruct({
  positions,
  offsets,
  order,
  visible,
}: Omit<LineData, "order"> & Partial<LineData>): BigUint64Array {
  const points = Math.floor(positions.length / 3);
  if (visible !== undefined && 32 * visible.length < points) {
    throw new RangeError(`${points} points have only ${32 * visible.length} bits of visibility`);
  }
  const addresses = [positions, offsets, order, visible].map((array) => (array ? address(array) : 0));
  const counts = [points, Math.max(0, offsets.length - 1), order?.length ?? 0];
  return BigUint64Array.from([...addresses, ...counts], BigInt);
}

/** sc_values_s; valid as long as the array is. */
export function componentStruct({ values, components, component }: Component): Uint8Array {
  const struct = new DataView(new ArrayBuffer(32));
  struct.setBigUint64(0, BigInt(address(values)), true);
  struct.setBigUint64(8, BigInt(Math.floor(values.length / components)), true);
  const type = numericType(values);
  struct.setInt32(16, type, true);
  struct.setUint32(20, components, true);
  struct.setInt32(24, component === "magnitude" ? -1 : component, true);
  return new Uint8Array(struct.buffer);
}

/** sc_lines_style_s. */
function styleOf(colors: LineColors, brightness: Float32Array): Uint8Array {
  const style = new DataView(new ArrayBuffer(80));
  const setTable = (table: Uint32Array): void => {
    style.setBigUint64(0, BigInt(address(table)), true);
    style.setBigUint64(8, BigInt(table.length), true);
  };
  style.setBigUint64(16, BigInt(address(brightness)), true);
  style.setInt32(72, SOURCE[colors.source], true);
  if (colors.source === "fixed") style.setUint32(76, colors.color, true);
  else if (colors.source === "perLine") setTable(colors.colors);
  else if (colors.source !== "direction") {
    const { array, table, range } = colors;
    setTable(table);
    new Uint8Array(style.buffer).set(componentStruct(array), 24);
    style.setFloat64(56, range[0], true);
    style.setFloat64(64, range[1], true);
  }
  return new Uint8Array(style.buffer);
}

/** An empty array has no address. */
function address(array: NumericArray): number {
  // The elements of a small array move when its buffer is first requested, for example by `subarray`: before the address is taken.
  return array.byteLength === 0 || array.buffer.byteLength === 0 ? 0 : ptr(array);
}

function check(result: number): void {
  if (result < 0) throw lastNativeError();
}
