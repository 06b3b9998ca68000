import { lastNativeError, native } from "./symbols.ts";

/** Byte offsets in sc_trk_s of native/parse_trk.h. */
const TRK = {
  scalars: 96,
  properties: 100,
  bigEndian: 104,
  every: 108,
  declared: 112,
  part: 116,
  rest: 120,
  passed: 124,
  points: 128,
  streamlines: 132,
  invalid: 136,
  isDamaged: 140,
  bytes: 144,
} as const;

export interface TrkLayout {
  /** Row-major 3x4 or 4x4 matrix from the coordinates of the file to those of the positions. */
  readonly affine: readonly number[];
  /** Number of scalars per point. */
  readonly scalars: number;
  /** Number of properties per streamline. */
  readonly properties: number;
  readonly bigEndian: boolean;
  /** Number of streamlines after which parsing stops; 0: no limit. */
  readonly declared: number;
  /** Every n-th streamline is read, from the first; the others are skipped. */
  readonly every: number;
}

/** Arrays that receive the content of a block. */
export interface TrkTarget {
  /** x, y, z of all points that are read. */
  readonly positions: Float32Array;
  /** For each streamline that is read, the number of points up to its end. */
  readonly ends: Uint32Array;
  /** Scalars of the points in this block. At least as long as the block. */
  readonly scalars: Float32Array;
  /** Properties of the streamlines in this block. At least as long as the block. */
  readonly properties: Float32Array;
}

/** Parser of the streamlines of a TrackVis file, in blocks of any size. */
export class TrkParser {
  readonly #struct = new Uint8Array(TRK.bytes);
  readonly #state = new DataView(this.#struct.buffer);

  constructor({ affine, scalars, properties, bigEndian, declared, every }: TrkLayout) {
    for (let i = 0; i < 12; i += 1) this.#state.setFloat64(8 * i, affine[i] ?? 0, true);
    this.#set(TRK.scalars, scalars);
    this.#set(TRK.properties, properties);
    this.#set(TRK.bigEndian, Number(bigEndian));
    this.#set(TRK.declared, declared);
    this.#set(TRK.every, every);
  }

  /** Number of points read so far. */
  get points(): number {
    return this.#get(TRK.points);
  }

  /** Number of streamlines read completely so far. */
  get streamlines(): number {
    return this.#get(TRK.streamlines);
  }

  /** Number of streamlines that were read or skipped completely so far. */
  get passed(): number {
    return this.#get(TRK.passed);
  }

  /** Number of points of the current streamline that have not been read. */
  get missingPoints(): number {
    return this.#get(TRK.rest);
  }

  /** Whether a part of a streamline has been read. */
  get isWithinStreamline(): boolean {
    return this.#get(TRK.part) > 0;
  }

  /** Number of points so far with a coordinate that is not finite, or above MAX_COORDINATE. */
  get invalid(): number {
    return this.#get(TRK.invalid);
  }

  /** Whether the length of the next streamline is negative. */
  get isDamaged(): boolean {
    return this.#get(TRK.isDamaged) > 0;
  }

  /** Parses a block as far as its points are complete and the arrays have room. @returns the number of bytes */
  parse(bytes: Uint8Array, { positions, ends, scalars, properties }: TrkTarget): number {
    if (bytes.length === 0) return 0;
    const parsed = native().sc_trk_parse(
      bytes,
      bytes.length,
      this.#struct,
      positions,
      Math.floor(positions.length / 3),
      ends,
      ends.length,
      scalars,
      properties,
    );
    if (parsed < 0) throw lastNativeError();
    return Number(parsed);
  }

  #get(offset: number): number {
    return this.#state.getUint32(offset, true);
  }

  #set(offset: number, value: number): void {
    this.#state.setUint32(offset, value, true);
  }
}

/** Indices in sc_tck_s of native/parse_tck.h. */
const TCK = {
  components: 0,
  doubles: 1,
  bigEndian: 2,
  every: 3,
  passed: 4,
  points: 5,
  streamlines: 6,
  invalid: 7,
  isAtEnd: 8,
  length: 9,
} as const;

interface TckLayout {
  /** Numbers per point: 3 for positions, 1 for scalars. */
  readonly components: 1 | 3;
  readonly doubles: boolean;
  readonly bigEndian: boolean;
  /** Every n-th streamline is read, from the first; the others are skipped. */
  readonly every: number;
}

/** Parser of the points of MRtrix's tracks and track scalars, in blocks of any size. */
export class TckParser {
  readonly #state = new Uint32Array(TCK.length);

  constructor({ components, doubles, bigEndian, every }: TckLayout) {
    this.#state[TCK.components] = components;
    this.#state[TCK.doubles] = Number(doubles);
    this.#state[TCK.bigEndian] = Number(bigEndian);
    this.#state[TCK.every] = every;
  }

  /** Number of points read so far. */
  get points(): number {
    return this.#state[TCK.points] ?? 0;
  }

  /** Number of streamlines that have ended, read or skipped. */
  get passed(): number {
    return this.#state[TCK.passed] ?? 0;
  }

  /** Number of streamlines that were read completely. */
  get streamlines(): number {
    return this.#state[TCK.streamlines] ?? 0;
  }

  /** Number of points so far, also of skipped streamlines, with a number that is not finite, or above MAX_COORDINATE. */
  get invalid(): number {
    return this.#state[TCK.invalid] ?? 0;
  }

  /** Whether the end marker has been read. */
  get isAtEnd(): boolean {
    return this.#state[TCK.isAtEnd] === 1;
  }

  /**
   * Parses a block as far as its points are complete and the arrays have room.
   *
   * @param values numbers of all points that are read
   * @param ends for each streamline that is read, the number of points up to its end
   * @returns the number of bytes
   */
  parse(bytes: Uint8Array, values: Float32Array, ends: Uint32Array): number {
    if (bytes.length === 0) return 0;
    const components = this.#state[TCK.components] ?? 1;
    const parsed = native().sc_tck_parse(
      bytes,
      bytes.length,
      this.#state,
      values,
      Math.floor(values.length / components),
      ends,
      ends.length,
    );
    if (parsed < 0) throw lastNativeError();
    return Number(parsed);
  }
}
