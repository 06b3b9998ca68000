import type { NumericArray } from "../../data-kinds.ts";
import { DataError, quote } from "../../load-error.ts";
import {
  FLOAT32,
  FLOAT64,
  INT8,
  INT16,
  INT32,
  INT64,
  type NumberType,
  UINT8,
  UINT16,
  UINT32,
  UINT64,
} from "../number-types.ts";
import { WrongCount, type XmlArrayReader } from "./array-reader.ts";

const TYPES: Readonly<Record<string, NumberType>> = {
  Int8: INT8,
  UInt8: UINT8,
  Int16: INT16,
  UInt16: UINT16,
  Int32: INT32,
  UInt32: UINT32,
  Int64: INT64,
  UInt64: UINT64,
  Float32: FLOAT32,
  Float64: FLOAT64,
};

/** What an array is for. */
export interface ArrayUse {
  /** Number of values; undefined: as many as there are. */
  readonly values: number | undefined;
  /** "ends": of the lists of cells, which get a 0 in front. */
  readonly kind: "values" | "indices" | "ends";
  /** The dataset cannot be shown without it. */
  readonly isRequired: boolean;
}

/** A `DataArray` element. */
export class XmlArray {
  readonly name: string;
  readonly components: number;
  readonly format: string;
  /** Of appended data, from its start, bytes. */
  readonly offset: number;
  values: NumericArray | undefined;
  readonly #type: NumberType | undefined;
  readonly #typeName: string;
  readonly #use: ArrayUse;

  /** @param use with the number of elements in place of that of values, if `perElement` */
  constructor(attributes: ReadonlyMap<string, string>, use: ArrayUse, perElement: boolean) {
    this.name = attributes.get("Name") ?? "";
    this.components = Math.max(1, Number(attributes.get("NumberOfComponents") ?? 1) || 1);
    this.format = attributes.get("format") ?? "ascii";
    this.offset = Number(attributes.get("offset") ?? Number.NaN);
    this.#typeName = attributes.get("type") ?? "";
    this.#type = TYPES[this.#typeName];
    this.#use =
      perElement && use.values !== undefined ? { ...use, values: use.values * this.components } : use;
  }

  /**
   * Reads the values at the position of the file.
   *
   * @param isEncoded whether binary data is base64
   * @param warnings receives a sentence if the array is left out
   * @throws DataError if it is damaged and required
   */
  async read(reader: XmlArrayReader, isEncoded: boolean, warnings: string[]): Promise<void> {
    try {
      this.values = await this.#read(reader, isEncoded);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      const message = `the array ${quote(this.name)}: ${error.message}`;
      if (this.#use.isRequired) throw new DataError(message, { cause: error });
      warnings.push(`${message}; left out`);
    }
  }

  async #read(reader: XmlArrayReader, isEncoded: boolean): Promise<NumericArray> {
    const type = this.#type;
    const { values: expected, kind } = this.#use;
    if (type === undefined)
      throw new DataError(`numbers of the type ${quote(this.#typeName)} cannot be read`);
    const before = kind === "ends" ? 1 : 0;
    if (this.format !== "ascii") {
      return kind === "values"
        ? reader.binary(type, isEncoded, expected)
        : reader.binaryIndices(type, isEncoded, before, expected);
    }
    const values = kind === "values" ? await reader.ascii(type) : await reader.asciiIndices(type, before);
    if (expected !== undefined && values.length !== before + expected) {
      throw new WrongCount(values.length - before, expected);
    }
    return values;
  }
}
