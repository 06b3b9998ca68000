import { ptr } from "bun:ffi";
import { CODE, native } from "./symbols.ts";

/** An array that native code appends to: its elements up to `length` are used. */
export interface NativeArray {
  readonly array: Float32Array | Float64Array | Int32Array | Uint32Array;
  length: number;
}

/** Destinations of statements; see native/parse_obj.h. Optional ones are undefined until the file has such data. */
export interface ObjArrays {
  /** x, y, z minus the origin, as Float32 or as doubles. */
  readonly positions: NativeArray;
  readonly colors: NativeArray | undefined;
  readonly normals: NativeArray;
  readonly uvs: NativeArray;
  readonly corners: NativeArray;
  readonly cornerUvs: NativeArray | undefined;
  readonly cornerNormals: NativeArray | undefined;
  /** Undefined while all faces are triangles. */
  readonly ends: NativeArray | undefined;
}

/** In the order of sc_obj_s in native/parse_obj.h. */
const NAMES = [
  "positions",
  "colors",
  "normals",
  "uvs",
  "corners",
  "cornerUvs",
  "cornerNormals",
  "ends",
] as const;
/** Optional arrays, in the order of their flags in sc_obj_s. */
const OPTIONAL = ["colors", "cornerUvs", "cornerNormals", "ends"] as const;
/** Indices of the other members of sc_obj_s, of 8 bytes each. */
const OBJ = { hasDoubles: 24, optional: 25, origin: 29, lines: 32, parsed: 33, size: 34 } as const;

/** Native fast path for OBJ: parses plain lines. */
export class ObjLines {
  readonly #state = new BigUint64Array(OBJ.size);
  readonly #doubles = new Float64Array(this.#state.buffer);
  /** The arrays whose addresses are in the state. */
  readonly #known: (NativeArray["array"] | undefined)[] = [];

  /**
   * Parses whole lines up to the first that is not plain, or for which an array has no room.
   *
   * @param bytes text, in a buffer with at least one more byte
   * @param origin subtracted from positions
   * @returns the numbers of bytes and lines, whether all whole lines were parsed, and whether an array had no room
   */
  parse(
    bytes: Uint8Array,
    arrays: ObjArrays,
    origin: ArrayLike<number>,
  ): { bytes: number; lines: number; isComplete: boolean; isFull: boolean } {
    const state = this.#state;
    for (const [i, name] of NAMES.entries()) this.#set(i, arrays[name]);
    state[OBJ.hasDoubles] = arrays.positions.array instanceof Float64Array ? 1n : 0n;
    for (const [i, name] of OPTIONAL.entries()) {
      state[OBJ.optional + i] = arrays[name] === undefined ? 0n : 1n;
    }
    this.#doubles.set(origin, OBJ.origin);
    state[OBJ.lines] = 0n;
    const code = native().sc_obj_parse(state, bytes, bytes.length);
    for (const [i, name] of NAMES.entries()) {
      const array = arrays[name];
      if (array !== undefined) array.length = Number(state[3 * i + 1]);
    }
    return {
      bytes: Number(state[OBJ.parsed]),
      lines: Number(state[OBJ.lines]),
      isComplete: code === 0,
      isFull: code === CODE.full,
    };
  }

  #set(i: number, values: NativeArray | undefined): void {
    const state = this.#state;
    const array = values?.array;
    if (array !== this.#known[i]) {
      state[3 * i] = array === undefined ? 0n : BigInt(ptr(array));
      state[3 * i + 2] = BigInt(array?.length ?? 0);
      this.#known[i] = array;
    }
    state[3 * i + 1] = BigInt(values?.length ?? 0);
  }
}
