import { minRowBytes, type PlyElement, type PlyHeader } from "./ply-header.ts";

/** Destination of a property's values: one component of an interleaved array, or one list per row. */
type PlyTarget = ScalarTarget | PlyLists;

interface ScalarTarget {
  readonly array: Float32Array | Float64Array;
  readonly stride: number;
  readonly offset: number;
}

/** Stands for a list value that is not a valid index: a fraction, or a number beyond 32 bits. */
export const NO_INDEX = -2;

/** The lists of a property, concatenated. */
export class PlyLists {
  /** End offset of each row's list in `values`. */
  readonly ends: Uint32Array;
  #values: Int32Array | Float32Array;
  #length = 0;
  readonly #maxValues: number;

  /**
   * @param kind "index" for 32-bit integers, "number" for Float32
   * @param maxValues upper bound from the file size, which limits the memory
   */
  constructor(kind: "index" | "number", rows: number, maxValues: number) {
    this.ends = new Uint32Array(rows);
    this.#maxValues = maxValues;
    const capacity = Math.min(rows * (kind === "index" ? 3 : 6), maxValues);
    this.#values = kind === "index" ? new Int32Array(capacity) : new Float32Array(capacity);
  }

  get values(): Int32Array | Float32Array {
    return this.#values.subarray(0, this.#length);
  }

  push(value: number): void {
    if (this.#length === this.#values.length) this.#grow();
    const index = this.#values instanceof Int32Array;
    this.#values[this.#length] = !index || value === (value | 0) ? value : NO_INDEX;
    this.#length += 1;
  }

  endRow(row: number): void {
    this.ends[row] = this.#length;
  }

  /** Removes the values of a truncated row. */
  dropRow(row: number): void {
    this.#length = row === 0 ? 0 : (this.ends[row - 1] ?? 0);
  }

  #grow(): void {
    const capacity = Math.min(this.#maxValues, Math.max(64, Math.ceil(this.#values.length * 1.5)));
    const grown = this.#values instanceof Int32Array ? new Int32Array(capacity) : new Float32Array(capacity);
    grown.set(this.#values);
    this.#values = grown;
  }
}

/** The rows of one element and the columns that its properties are bound to. */
export interface PlyTable {
  readonly element: PlyElement;
  /** Number of rows that were read. */
  rows: number;
  /** Destination of each property; undefined for a property that is skipped. */
  readonly targets: (PlyTarget | undefined)[];
  /** Maximum number of rows, by the declared count and the file size. */
  readonly capacity: number;
  /** Maximum number of list values, by the file size. */
  readonly maxValues: number;
}

export function makeTable(element: PlyElement, header: PlyHeader, fileBytes: number): PlyTable {
  const bodyBytes = fileBytes - header.bytes;
  const rowBytes = minRowBytes(element, header.encoding);
  // An ASCII file may lack its last separator.
  const capacity = rowBytes === 0 ? 0 : Math.min(element.count, Math.floor((bodyBytes + 1) / rowBytes));
  const maxValues = header.encoding === "ascii" ? Math.ceil(bodyBytes / 2) : bodyBytes;
  return { element, rows: 0, targets: element.properties.map(() => undefined), capacity, maxValues };
}

/**
 * Binds the scalar properties with these names to one interleaved array.
 *
 * @param doubles use Float64 instead of Float32
 * @returns undefined if the element lacks one of them
 */
export function bindScalars<Doubles extends boolean>(
  table: PlyTable,
  names: readonly string[],
  doubles: Doubles,
): (Doubles extends true ? Float64Array : Float32Array) | undefined {
  const { properties } = table.element;
  const indices = names.map((name) =>
    properties.findIndex((property) => property.name === name && property.countType === undefined),
  );
  if (indices.includes(-1)) return undefined;
  const length = table.capacity * names.length;
  const array = doubles ? new Float64Array(length) : new Float32Array(length);
  for (const [offset, index] of indices.entries()) {
    table.targets[index] = { array, stride: names.length, offset };
  }
  return array as Doubles extends true ? Float64Array : Float32Array;
}

/** Binds the list property that has one of these names. */
export function bindList(
  table: PlyTable,
  names: readonly string[],
  kind: "index" | "number",
): PlyLists | undefined {
  const { properties } = table.element;
  const index = properties.findIndex(
    ({ name, countType }) => names.includes(name) && countType !== undefined,
  );
  if (index === -1) return undefined;
  const lists = new PlyLists(kind, table.capacity, table.maxValues);
  table.targets[index] = lists;
  return lists;
}
