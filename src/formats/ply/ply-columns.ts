import { allocateShared } from "../../native/shared-array.ts";
import { FilePositions } from "../file-positions.ts";
import { DataError } from "../load-error.ts";
import { minRowBytes, PLY_TYPE_BYTES, type PlyElement, type PlyHeader } from "./ply-header.ts";

/** Destination of a property's values: one component of an interleaved array, or one list per row. */
type PlyTarget = ScalarTarget | PlyLists;

export interface ScalarTarget {
  readonly array: Float32Array | Float64Array;
  readonly stride: number;
  readonly offset: number;
  /** Subtracted from the values, as doubles. */
  readonly origin: number;
}

/** Stands for a list value that is not a valid index: a fraction, or a number beyond 32 bits. */
export const NO_INDEX = -2;

/** Maximum number of values in one array: the indices of 268 million triangles, 3.2 GB. */
const MAX_VALUES = 3 * 2 ** 28;

/** The lists of a property, concatenated. */
export class PlyLists {
  /** The largest index of `appendTriangles`, as an unsigned integer: a negative index counts as larger than any vertex. */
  readonly #maxIndex = new Uint32Array(1);
  readonly #rows: number;
  /** Full arrays of triangles, which precede `#values`: a file can have too many triangles for one array. */
  readonly #parts: Int32Array[] = [];
  #partsLength = 0;
  #values: Int32Array | Float32Array;
  #length = 0;
  /** End offset of each row's list in `values`; undefined while all lists have three values. */
  #ends: Uint32Array | undefined;
  readonly #maxValues: number;

  /**
   * @param kind "index" for 32-bit integers, "number" for Float32
   * @param rows maximum number of rows
   * @param maxValues upper bound from the file size, which limits the memory
   */
  constructor(kind: "index" | "number", rows: number, maxValues: number) {
    this.#rows = rows;
    this.#maxValues = maxValues;
    const capacity = Math.min(rows * (kind === "index" ? 3 : 6), maxValues, MAX_VALUES);
    this.#values = kind === "index" ? allocateShared(Int32Array, capacity) : new Float32Array(capacity);
  }

  get values(): Int32Array | Float32Array {
    this.#checkOnePart();
    return this.#values.subarray(0, this.#length);
  }

  /** The indices of a list of only triangles, in one or more arrays. */
  get triangles(): Uint32Array[] {
    const parts = [...this.#parts, this.#values.subarray(0, this.#length)];
    return parts.map(({ buffer, byteOffset, length }) => new Uint32Array(buffer, byteOffset, length));
  }

  /** Whether the values are 32-bit integers. */
  get areIndices(): boolean {
    return this.#values instanceof Int32Array;
  }

  /** Whether all lists were appended by `appendTriangles`. */
  get areTriangles(): boolean {
    return this.#ends === undefined;
  }

  /** Whether all lists are triangles with indices below `vertices`. */
  areTrianglesBelow(vertices: number): boolean {
    return this.areTriangles && (this.#maxIndex[0] ?? 0) < vertices;
  }

  /** End offset of each row's list in `values`. */
  get ends(): Uint32Array {
    if (this.#parts.length > 0) {
      throw new DataError(
        "it has more than 268 million faces, which is supported only for triangles whose vertices exist",
      );
    }
    if (this.#ends === undefined) {
      this.#ends = new Uint32Array(this.#rows);
      for (let row = 0; 3 * row < this.#length; row += 1) this.#ends[row] = 3 * row + 3;
    }
    return this.#ends;
  }

  /**
   * Appends lists of three indices.
   *
   * @param rows upper bound for their number
   * @param areUnsigned whether indices are unsigned: those that do not fit into Int32 are then invalid instead of negative
   * @param read writes indices to `to`, raises the first element of `max` to the largest index, and returns the number of lists
   */
  appendTriangles(
    rows: number,
    areUnsigned: boolean,
    read: (to: Uint32Array, max: Uint32Array) => number,
  ): number {
    if (this.#length + 3 * rows > MAX_VALUES) this.#startPart();
    this.#grow(this.#length + 3 * rows);
    const { buffer, byteOffset } = this.#values;
    const to = new Uint32Array(buffer, byteOffset + 4 * this.#length, 3 * rows);
    const appended = read(to, this.#maxIndex);
    if (areUnsigned && (this.#maxIndex[0] ?? 0) > 2 ** 31 - 1) {
      for (let i = 0; i < 3 * appended; i += 1) if ((to[i] ?? 0) > 2 ** 31 - 1) to[i] = NO_INDEX;
    }
    this.#length += 3 * appended;
    return appended;
  }

  push(value: number): void {
    this.#grow(this.#length + 1);
    const index = this.#values instanceof Int32Array;
    this.#values[this.#length] = !index || value === (value | 0) ? value : NO_INDEX;
    this.#length += 1;
  }

  endRow(row: number): void {
    this.ends[row] = this.#length;
  }

  /** Removes the values of a truncated row. */
  dropRow(row: number): void {
    if (row === 0) this.#ends = undefined;
    this.#length = this.#ends === undefined ? 3 * row - this.#partsLength : (this.#ends[row - 1] ?? 0);
  }

  #startPart(): void {
    this.#parts.push(this.#values.subarray(0, this.#length) as Int32Array);
    this.#partsLength += this.#length;
    this.#values = new Int32Array(Math.min(MAX_VALUES, 3 * this.#rows - this.#partsLength));
    this.#length = 0;
  }

  /** @throws DataError */
  #checkOnePart(): void {
    if (this.#parts.length === 0) return;
    throw new DataError(
      "it has more than 268 million faces, which is supported only for triangles without face colors and textures",
    );
  }

  /** Ensures capacity for `length` values. */
  #grow(length: number): void {
    if (length <= this.#values.length) return;
    // Exceeds `maxValues` if the caller's upper bound for rows is higher than the file can contain.
    const capacity = Math.max(length, Math.min(this.#maxValues, Math.ceil(this.#values.length * 1.5)));
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
  /** Upper bound for the number of bytes after the header. */
  readonly maxBytes: number;
  readonly isAscii: boolean;
  /** The coordinates of vertices. */
  positions?: FilePositions;
}

/** @param maxBytes upper bound for the size of the file */
export function makeTable(element: PlyElement, header: PlyHeader, maxBytes: number): PlyTable {
  const bodyBytes = maxBytes - header.bytes;
  const rowBytes = minRowBytes(element, header.encoding);
  // An ASCII file may lack its last separator.
  const capacity = rowBytes === 0 ? 0 : Math.min(element.count, Math.floor((bodyBytes + 1) / rowBytes));
  const isAscii = header.encoding === "ascii";
  const targets = element.properties.map(() => undefined);
  return { element, rows: 0, targets, capacity, maxBytes: bodyBytes, isAscii };
}

/** Number of rows for which the arrays currently have capacity. */
export function rowLimit({ capacity, positions }: PlyTable): number {
  return positions === undefined ? capacity : Math.min(capacity, positions.array.length / 3);
}

/** Adds rows that were read to the count. */
export function addRows(table: PlyTable, rows: number): void {
  table.rows += rows;
  if (table.positions === undefined) return;
  table.positions.length = 3 * table.rows;
  table.positions.settle();
}

/** Binds the three coordinates of vertices. */
export function bindPositions(
  table: PlyTable,
  names: readonly string[],
  needsDoubles: boolean,
): FilePositions | undefined {
  const indices = scalarIndices(table, names);
  if (indices === undefined) return undefined;
  const positions = new FilePositions(3 * table.capacity, needsDoubles);
  for (const [offset, index] of indices.entries()) {
    table.targets[index] = {
      stride: 3,
      offset,
      get array() {
        return positions.array;
      },
      get origin() {
        return positions.origin[offset] ?? 0;
      },
    };
  }
  table.positions = positions;
  return positions;
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
  const indices = scalarIndices(table, names);
  if (indices === undefined) return undefined;
  const length = table.capacity * names.length;
  const array = doubles ? new Float64Array(length) : new Float32Array(length);
  for (const [offset, index] of indices.entries()) {
    table.targets[index] = { array, stride: names.length, offset, origin: 0 };
  }
  return array as Doubles extends true ? Float64Array : Float32Array;
}

function scalarIndices({ element }: PlyTable, names: readonly string[]): number[] | undefined {
  const indices = names.map((name) =>
    element.properties.findIndex((property) => property.name === name && property.countType === undefined),
  );
  return indices.includes(-1) ? undefined : indices;
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
  const type = properties[index]?.type;
  if (type === undefined) return undefined;
  // In ASCII, a value has at least a digit and a separator.
  const valueBytes = table.isAscii ? 2 : PLY_TYPE_BYTES[type];
  const lists = new PlyLists(kind, table.capacity, Math.ceil(table.maxBytes / valueBytes));
  table.targets[index] = lists;
  return lists;
}
