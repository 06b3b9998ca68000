import type { NumericArray } from "../../data-kinds.ts";
import type { FileSource } from "../../file-source.ts";
import { DataError, quote } from "../../load-error.ts";
import {
  FLOAT32,
  FLOAT64,
  INT8,
  INT16,
  INT32,
  INT64,
  type NumberType,
  readIndices,
  readNumbers,
  toIndices,
  UINT8,
  UINT16,
  UINT32,
  UINT64,
} from "../number-types.ts";
import type { LegacyText } from "./legacy-text.ts";

const TYPES: Readonly<Record<string, NumberType>> = {
  char: INT8,
  signed_char: INT8,
  unsigned_char: UINT8,
  short: INT16,
  unsigned_short: UINT16,
  int: INT32,
  unsigned_int: UINT32,
  // VTK writes vtkIdType as int.
  vtkidtype: INT32,
  long: INT64,
  unsigned_long: UINT64,
  vtktypeint64: INT64,
  vtktypeuint64: UINT64,
  float: FLOAT32,
  double: FLOAT64,
};

/** Reader of the arrays of a legacy file: text, or big-endian binary data. */
export class LegacyValues {
  readonly isBinary: boolean;
  readonly #text: LegacyText;
  readonly #source: FileSource;

  constructor(source: FileSource, text: LegacyText, isBinary: boolean) {
    this.#source = source;
    this.#text = text;
    this.isBinary = isBinary;
  }

  /**
   * Reads an array of numbers, which begins on the next line if it is binary.
   *
   * @param typeName as in the file
   * @throws DataError
   */
  async numbers(typeName: string, count: number): Promise<NumericArray> {
    if (typeName.toLowerCase() === "bit") return this.#bits(count);
    const type = typeOf(typeName);
    this.#checkCount(count, type);
    if (this.isBinary) {
      await this.#text.line();
      return readNumbers(this.#source, type, count, true);
    }
    const values = type.allocate(count);
    await this.#text.numbers(values);
    return values;
  }

  /**
   * Reads an array of indices.
   *
   * @throws DataError
   */
  async indices(typeName: string, count: number): Promise<Uint32Array> {
    const type = typeOf(typeName);
    this.#checkCount(count, type);
    if (this.isBinary) {
      await this.#text.line();
      const indices = new Uint32Array(count);
      await readIndices(this.#source, type, indices, true);
      return indices;
    }
    const values = type.allocate(count);
    await this.#text.numbers(values);
    return toIndices(values);
  }

  /** Skips an array of strings or variants. */
  async skipStrings(typeName: string, count: number): Promise<void> {
    this.#checkCount(count, INT8);
    await this.#text.line();
    for (let i = 0; i < count; i += 1) {
      if (!this.isBinary) await this.#text.line();
      else if (typeName === "variant")
        throw new DataError('arrays of type "variant" in binary files cannot be read');
      else await this.#source.skip(await this.#stringLength());
    }
  }

  /** Length of a binary string: in the lower bits of 1, 2, 4 or 8 bytes, whose number is in the upper two bits of the first. */
  async #stringLength(): Promise<number> {
    const [first = 0] = await this.#bytes(1);
    const more = { 3: 0, 2: 1, 1: 3, 0: 7 }[first >> 6] ?? 0;
    let length = first & 63;
    for (const byte of await this.#bytes(more)) length = 256 * length + byte;
    return length;
  }

  async #bytes(count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    if ((await this.#source.readInto(bytes)) < count)
      throw new DataError("the file ends inside an array of strings: it is cut off");
    return bytes;
  }

  /** Bits, packed into bytes in a binary file, highest bit first. */
  async #bits(count: number): Promise<NumericArray> {
    if (!this.isBinary) return this.numbers("unsigned_char", count);
    const packed = await this.numbers("unsigned_char", Math.ceil(count / 8));
    return Uint8Array.from({ length: count }, (_, i) => ((packed[i >> 3] ?? 0) >> (7 - (i & 7))) & 1);
  }

  /** @throws DataError for a count that does not fit into the file, before an array of this size is allocated */
  #checkCount(count: number, { bytes }: NumberType): void {
    const rest = this.#source.maxBytes - this.#source.offset;
    if (count * (this.isBinary ? bytes : 2) <= rest + 1) return;
    throw new DataError(
      `an array has ${count} values by its header, but only ${rest} bytes follow: the file is cut off or its header is damaged`,
    );
  }
}

/** @throws DataError */
function typeOf(name: string): NumberType {
  const type = TYPES[name.toLowerCase()];
  if (type === undefined)
    throw new DataError(`${quote(name)} is not a known type of numbers: the file is damaged`);
  return type;
}
