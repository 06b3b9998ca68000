import type { DataArray } from "../data-kinds.ts";
import { quote } from "../load-error.ts";
import type { Attributes } from "./vtk-dataset.ts";

const GHOSTS = "vtkGhostType";

/** Collects the arrays of a dataset's points or cells. */
export class AttributeBuilder {
  readonly #of: "points" | "cells";
  readonly #count: number;
  readonly #warnings: string[];
  readonly #arrays: DataArray[] = [];
  #scalars: DataArray | undefined;
  #normals: DataArray | undefined;
  #ghosts: Uint8Array | undefined;

  /** @param warnings receives a sentence for each array that does not fit */
  constructor(of: "points" | "cells", count: number, warnings: string[]) {
    this.#of = of;
    this.#count = count;
    this.#warnings = warnings;
  }

  add(array: DataArray): void {
    if (!this.#fits(array)) return;
    if (array.name === GHOSTS && array.values instanceof Uint8Array && array.components === 1) {
      this.#ghosts = array.values;
    } else this.#arrays.push(array);
  }

  /** Adds the array by which the file colors its elements. */
  setScalars(array: DataArray): void {
    if (!this.#fits(array)) return;
    if (this.#scalars !== undefined) this.#arrays.push(array);
    else this.#scalars = array;
  }

  setNormals(array: DataArray): void {
    if (!this.#fits(array)) return;
    if (this.#normals !== undefined || array.components !== 3) this.#arrays.push(array);
    else this.#normals = array;
  }

  finish(): Attributes {
    const arrays = this.#scalars === undefined ? this.#arrays : [this.#scalars, ...this.#arrays];
    return { arrays, normals: this.#normals, ghosts: this.#ghosts };
  }

  #fits({ name, components, values }: DataArray): boolean {
    if (components > 0 && values.length === components * this.#count) return true;
    const elements = components > 0 ? values.length / components : 0;
    this.#warnings.push(
      `the array ${quote(name)} has ${elements} values, but there are ${this.#count} ${this.#of}; left out`,
    );
    return false;
  }
}
