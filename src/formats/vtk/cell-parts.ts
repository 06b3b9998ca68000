import { triangulate } from "../../geometry/triangulate.ts";
import { GrowingArray } from "../growing-array.ts";
import { DataError } from "../load-error.ts";
import { curvedTriangles, type Face } from "./cell-types.ts";
import type { MeshParts } from "./mesh-parts.ts";
import type { CellLists, PointValues } from "./vtk-dataset.ts";

/** Collects the triangles, segments and vertices of cells. */
export class CellParts {
  readonly #points: PointValues;
  readonly #triangles = new GrowingArray(new Uint32Array(96));
  readonly #triangleCells = new GrowingArray(new Uint32Array(32));
  readonly #segments = new GrowingArray(new Uint32Array(32));
  readonly #segmentCells = new GrowingArray(new Uint32Array(16));
  readonly #vertices = new GrowingArray(new Uint32Array(32));
  /** All triangles, if they are cells in the order of the file. */
  #plain: { readonly triangles: Uint32Array; readonly first: number } | undefined;
  /** Points of the polygon that is triangulated. */
  readonly #outline: number[] = [];
  /** Cells of the file that were left out because they refer to points that do not exist. */
  invalid = 0;

  constructor(points: PointValues) {
    this.#points = points;
  }

  get pointCount(): number {
    return this.#points.length / 3;
  }

  /** Sets the triangles of a dataset that has no other polygons, without a copy. @param first number of the first cell */
  setTriangles(triangles: Uint32Array, first: number): void {
    this.#plain = { triangles, first };
  }

  addPolygon({ connectivity }: CellLists, start: number, end: number, cell: number): void {
    const triangles = triangulate(this.#points, connectivity, start, end - start);
    for (let i = 0; i < triangles.length; i += 3) {
      this.#addTriangle(
        connectivity[start + (triangles[i] ?? 0)] ?? 0,
        connectivity[start + (triangles[i + 1] ?? 0)] ?? 0,
        connectivity[start + (triangles[i + 2] ?? 0)] ?? 0,
        cell,
      );
    }
  }

  /** Adds a face whose nodes are relative to the start of the cell's list. */
  addFace({ connectivity }: CellLists, start: number, face: Face, cell: number): void {
    const outline = this.#outline;
    outline.length = 0;
    for (const node of face.corners) outline.push(connectivity[start + node] ?? 0);
    let triangles = curvedTriangles(face);
    if (triangles !== undefined) {
      for (const node of face.edges ?? []) outline.push(connectivity[start + node] ?? 0);
      if (face.center !== undefined) outline.push(connectivity[start + face.center] ?? 0);
    } else triangles = triangulate(this.#points, outline);
    for (let i = 0; i < triangles.length; i += 3) {
      this.#addTriangle(
        outline[triangles[i] ?? 0] ?? 0,
        outline[triangles[i + 1] ?? 0] ?? 0,
        outline[triangles[i + 2] ?? 0] ?? 0,
        cell,
      );
    }
  }

  /** Adds the triangles of a strip, of which every second one has its winding reversed. */
  addStrip({ connectivity }: CellLists, start: number, end: number, cell: number): void {
    for (let i = start; i + 2 < end; i += 1) {
      const a = connectivity[i] ?? 0;
      const b = connectivity[i + 1] ?? 0;
      const c = connectivity[i + 2] ?? 0;
      if (a === b || b === c || a === c) continue;
      const flipped = (i - start) % 2 === 1;
      this.#addTriangle(flipped ? b : a, flipped ? a : b, c, cell);
    }
  }

  addLine({ connectivity }: CellLists, start: number, end: number, cell: number): void {
    for (let i = start; i + 1 < end; i += 1)
      this.#addSegment(connectivity[i] ?? 0, connectivity[i + 1] ?? 0, cell);
  }

  /** Adds a line along nodes of a cell. */
  addNodes({ connectivity }: CellLists, start: number, nodes: readonly number[], cell: number): void {
    for (let i = 0; i + 1 < nodes.length; i += 1) {
      this.#addSegment(
        connectivity[start + (nodes[i] ?? 0)] ?? 0,
        connectivity[start + (nodes[i + 1] ?? 0)] ?? 0,
        cell,
      );
    }
  }

  addVertices({ connectivity }: CellLists, start: number, end: number): void {
    for (let i = start; i < end; i += 1) this.#vertices.push(connectivity[i] ?? 0);
  }

  /**
   * @param cells number of cells of the dataset
   * @throws DataError if half of the cells or more refer to points that do not exist
   */
  finish(cells: number, warnings: string[]): MeshParts {
    const { invalid } = this;
    if (invalid > 0 && 2 * invalid >= cells) {
      throw new DataError(
        `${invalid} of ${cells} cells refer to points that do not exist (it has ${this.pointCount}), or have too few: the file is damaged`,
      );
    }
    if (invalid > 0) {
      warnings.push(
        `${invalid} of ${cells} cells refer to points that do not exist, or have too few; left out`,
      );
    }
    return {
      triangles: this.#plain?.triangles ?? this.#triangles.values,
      triangleCells: this.#plain?.first ?? this.#triangleCells.values,
      segments: this.#segments.values,
      segmentCells: this.#segmentCells.values,
      vertices: this.#vertices.values,
    };
  }

  #addTriangle(a: number, b: number, c: number, cell: number): void {
    this.#triangles.push(a);
    this.#triangles.push(b);
    this.#triangles.push(c);
    this.#triangleCells.push(cell);
  }

  #addSegment(a: number, b: number, cell: number): void {
    this.#segments.push(a);
    this.#segments.push(b);
    this.#segmentCells.push(cell);
  }
}
