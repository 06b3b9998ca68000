import { readRows } from "../../native/parse-rows.ts";
import type { DataArray } from "../data-kinds.ts";
import { GrowingArray } from "../growing-array.ts";

/** Consecutive values of each point or streamline that have one name. */
export interface ColumnGroup {
  readonly name: string;
  readonly components: number;
}

/** Divides rows of values into arrays with names. */
export class ValueColumns {
  readonly #groups: readonly ColumnGroup[];
  readonly #arrays: readonly GrowingArray<Float32Array>[];
  readonly #rowBytes: number;

  /** @param rows expected number of rows */
  constructor(groups: readonly ColumnGroup[], rows: number) {
    this.#groups = groups;
    this.#arrays = groups.map(({ components }) => new GrowingArray(new Float32Array(rows * components)));
    this.#rowBytes = groups.reduce((sum, { components }) => sum + 4 * components, 0);
  }

  /** @param fraction fraction of the file that has been read */
  append(values: Float32Array, rows: number, fraction: number): void {
    let offset = 0;
    const bytes = new Uint8Array(values.buffer, values.byteOffset, rows * this.#rowBytes);
    for (const [i, { components }] of this.#groups.entries()) {
      const array = this.#arrays[i];
      if (array === undefined || rows === 0) continue;
      array.reserve(rows * components, fraction);
      const place = { to: array.array, start: array.length, stride: components };
      const rowsOf = { bytes, rows, rowBytes: this.#rowBytes, bigEndian: false };
      readRows(rowsOf, { type: "float32", offset, count: components, ...place });
      array.length += rows * components;
      offset += 4 * components;
    }
  }

  /** Appends a row without values. */
  appendMissing(): void {
    for (const [i, { components }] of this.#groups.entries()) {
      for (let k = 0; k < components; k += 1) this.#arrays[i]?.push(Number.NaN);
    }
  }

  finish(): DataArray[] {
    return this.#groups.map(({ name, components }, i) => ({
      name,
      components,
      values: this.#arrays[i]?.values ?? new Float32Array(),
    }));
  }
}
