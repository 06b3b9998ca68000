import { coordinateOrigin, relativeTo } from "../geometry/coordinate-origin.ts";
import type { Vec3 } from "../geometry/coordinates.ts";
import { allocateShared, declareSpare } from "../native/shared-array.ts";
import { GrowingArray, MAX_ARRAY_BYTES } from "./growing-array.ts";
import { DataError } from "./load-error.ts";

/** Room for vertices that are appended at creases, as a share of the vertices of the file. Untouched memory costs nothing. */
const SPARE = 1 / 16;

/** Number of leading values from which the floating origin is chosen, if the file needs doubles. */
const ORIGIN_VALUES = 3 * 65_536;

/**
 * The coordinates of a file, relative to a floating origin. Coordinates that Float32 could round are buffered as doubles until
 * the first 65,536 vertices determine the origin, so that a large file needs no array of doubles.
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
      throw new DataError("it has more than 357 million vertices, which is the maximum");
    }
    super(
      needsDoubles
        ? new Float64Array(Math.min(capacity, ORIGIN_VALUES))
        : allocateShared(Float32Array, withSpare(capacity)),
    );
    this.#capacity = capacity;
    this.#needsDoubles = needsDoubles;
  }

  override push(value: number): void {
    super.push(value - (this.origin[this.length % 3] ?? 0));
  }

  /** Chooses the origin and converts the values to Float32, once there are enough values. To be called between vertices. */
  settle(): void {
    if (this.length >= ORIGIN_VALUES) this.#settle();
  }

  /** Returns all values after the last was read. @param origin for values that were not doubles; default: chosen from all values */
  finish(origin?: Vec3): Float32Array {
    this.#settle();
    const values = this.values as Float32Array;
    declareSpare(values);
    if (this.#needsDoubles) return values;
    this.origin = origin ?? coordinateOrigin(values);
    return relativeTo(this.origin, values, values);
  }

  #settle(): void {
    if (this.array instanceof Float32Array) return;
    const { values } = this;
    this.origin = coordinateOrigin(values);
    const floats = allocateShared(Float32Array, withSpare(Math.max(this.#capacity, this.length)));
    this.array = relativeTo(this.origin, values, floats);
  }
}

function withSpare(values: number): number {
  return Math.min(Math.ceil((1 + SPARE) * values), MAX_ARRAY_BYTES / Float32Array.BYTES_PER_ELEMENT);
}
