import { coordinateOrigin, relativeTo } from "../geometry/coordinate-origin.ts";
import type { Vec3 } from "../geometry/coordinates.ts";
import { GrowingArray, MAX_ARRAY_BYTES } from "./growing-array.ts";
import { DataError } from "./load-error.ts";

/** Number of values from which the floating origin is chosen, if they are doubles. */
const ORIGIN_VALUES = 3 * 65_536;

/**
 * The coordinates of a file, relative to a floating origin. Those that Float32 could round are kept as doubles until the
 * origin follows from the first of them, so that a large file needs no array of doubles.
 */
export class FilePositions extends GrowingArray<Float32Array | Float64Array> {
  /** Subtracted from the values in `array`. */
  origin: Vec3 = [0, 0, 0];
  readonly #capacity: number;
  readonly #needsDoubles: boolean;

  /**
   * @param capacity expected number of values
   * @param needsDoubles whether Float32 could round them
   */
  constructor(capacity: number, needsDoubles: boolean) {
    if (4 * capacity > MAX_ARRAY_BYTES) {
      throw new DataError("it has more than 357 million vertices, the most that can be shown");
    }
    super(needsDoubles ? new Float64Array(Math.min(capacity, ORIGIN_VALUES)) : new Float32Array(capacity));
    this.#capacity = capacity;
    this.#needsDoubles = needsDoubles;
  }

  override push(value: number): void {
    super.push(value - (this.origin[this.length % 3] ?? 0));
  }

  /** Chooses the origin if there are enough values; `array` has room for Float32 afterwards. To be called between vertices. */
  settle(): void {
    if (this.length >= ORIGIN_VALUES) this.#settle();
  }

  /** Returns the values, after all were read. @param origin if they are no doubles; default: chosen from all of them */
  finish(origin?: Vec3): Float32Array {
    this.#settle();
    const values = this.values as Float32Array;
    if (this.#needsDoubles) return values;
    this.origin = origin ?? coordinateOrigin(values);
    return relativeTo(this.origin, values, values);
  }

  #settle(): void {
    if (this.array instanceof Float32Array) return;
    const { values } = this;
    this.origin = coordinateOrigin(values);
    const floats = new Float32Array(Math.max(this.#capacity, this.length));
    this.array = relativeTo(this.origin, values, floats);
  }
}
