import { coordinateOrigin, relativeTo } from "../geometry/coordinate-origin.ts";
import type { Vec3 } from "../geometry/coordinates.ts";
import { withCapacity } from "./growing-array.ts";

/** Number of values from which the floating origin is chosen, if they are doubles. */
const ORIGIN_VALUES = 3 * 65_536;

/**
 * The coordinates of a file, relative to a floating origin. Those that Float32 could round are kept as doubles until the
 * origin follows from the first of them, so that a large file needs no array of doubles.
 */
export class FilePositions {
  /** Where the next coordinates are written, at their index, less `origin`. */
  array: Float32Array | Float64Array;
  origin: Vec3 = [0, 0, 0];
  #floats: Float32Array;
  readonly #needsDoubles: boolean;

  /**
   * @param capacity maximum number of values
   * @param needsDoubles whether Float32 could round them
   */
  constructor(capacity: number, needsDoubles: boolean) {
    this.#needsDoubles = needsDoubles;
    this.#floats = new Float32Array(capacity);
    this.array = needsDoubles ? new Float64Array(Math.min(capacity, ORIGIN_VALUES)) : this.#floats;
  }

  /** Number of values that fit into `array`. */
  get limit(): number {
    return this.array.length;
  }

  /** Makes room for more values than the capacity. `array` can be another one afterwards. */
  reserve(length: number): void {
    const larger = withCapacity(this.#floats, length);
    if (this.array === this.#floats) this.array = larger;
    this.#floats = larger;
  }

  /** Chooses the origin if it is not chosen yet. Afterwards `array` has the whole capacity. */
  settle(length: number): void {
    if (this.array === this.#floats) return;
    const doubles = this.array.subarray(0, length);
    this.origin = coordinateOrigin(doubles);
    relativeTo(this.origin, doubles, this.#floats);
    this.array = this.#floats;
  }

  /** Returns the first values, after all were read. */
  finish(length: number): Float32Array {
    this.settle(length);
    const values = this.#floats.subarray(0, length);
    if (this.#needsDoubles) return values;
    this.origin = coordinateOrigin(values);
    return relativeTo(this.origin, values, values);
  }
}
