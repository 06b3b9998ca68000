import { minRowBytes, type PlyElement, type PlyHeader } from "./ply-header.ts";

/** Where the values of a property go: one of several interleaved components, or a list a row. */
export type PlyTarget = ScalarTarget | PlyLists;

interface ScalarTarget {
  readonly array: Float32Array | Float64Array;
  readonly stride: number;
  readonly offset: number;
}

/** Stands in lists of numbers for one that is no index: a fraction, or beyond 32 bits. */
export const NO_INDEX = -2;

/** The lists of a property, one after the other. */
export class PlyLists {
  /** Where the list of each row ends in `values`. */
  readonly ends: Uint32Array;
  #values: Int32Array | Float32Array;
  #length = 0;
  readonly #maxValues: number;

  /**
   * @param kind whether the values are indices or any numbers
   * @param maxValues as many as there can be in the file
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

  /** Takes back what was pushed for a row that then turned out to be cut off. */
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

/** The rows of one element. */
export interface PlyTable {
  readonly element: PlyElement;
  /** Rows that the file really has. */
  rows: number;
  /** By the number of the property; undefined: skipped. */
  readonly targets: (PlyTarget | undefined)[];
  /** The most rows that the file can have. */
  readonly capacity: number;
  /** The most values that lists of the file can have. */
  readonly maxValues: number;
}

export function makeTable(element: PlyElement, header: PlyHeader, fileBytes: number): PlyTable {
  const bodyBytes = fileBytes - header.bytes;
  const rowBytes = minRowBytes(element, header.encoding);
  // The last separator of an ASCII file may be missing.
  const capacity = rowBytes === 0 ? 0 : Math.min(element.count, Math.floor((bodyBytes + 1) / rowBytes));
  const maxValues = header.encoding === "ascii" ? Math.ceil(bodyBytes / 2) : bodyBytes;
  return { element, rows: 0, targets: element.properties.map(() => undefined), capacity, maxValues };
}

/**
 * Asks for scalars with these names, interleaved.
 *
 * @param doubles keep 64 bits a value
 * @returns undefined when the element has not all of them
 */
export function bindScalars<Doubles extends boolean>(
  table: PlyTable,
  names: readonly string[],
  doubles: Doubles,
): (Doubles extends true ? Float64Array : Float32Array) | undefined {
  const { properties } = table.element;
  const positions = names.map((name) =>
    properties.findIndex((property) => property.name === name && property.countType === undefined),
  );
  if (positions.includes(-1)) return undefined;
  const length = table.capacity * names.length;
  const array = doubles ? new Float64Array(length) : new Float32Array(length);
  for (const [offset, place] of positions.entries()) {
    table.targets[place] = { array, stride: names.length, offset };
  }
  return array as Doubles extends true ? Float64Array : Float32Array;
}

/** Asks for the list with one of these names. */
export function bindList(
  table: PlyTable,
  names: readonly string[],
  kind: "index" | "number",
): PlyLists | undefined {
  const { properties } = table.element;
  const place = properties.findIndex(
    ({ name, countType }) => names.includes(name) && countType !== undefined,
  );
  if (place === -1) return undefined;
  const lists = new PlyLists(kind, table.capacity, table.maxValues);
  table.targets[place] = lists;
  return lists;
}
