import { coordinateOrigin, relativeTo } from "../../geometry/coordinate-origin.ts";
import { triangulate } from "../../geometry/triangulate.ts";
import type { FileSource } from "../file-source.ts";
import { GrowingArray } from "../growing-array.ts";
import { LoadError, quote } from "../load-error.ts";
import { NumberScanner } from "../number-scanner.ts";
import type { StlTriangles } from "./stl-layout.ts";

/** Typical size of a facet, for the initial capacity only. */
const FACET_BYTES = 150;

/** Keywords that are skipped. */
const SKIPPED_KEYWORDS = ["normal", "outer", "loop", "endloop"] as const;

/**
 * Reads the facets and vertices of ASCII STL, in any letter case, with any names and line ends.
 *
 * @throws LoadError for a coordinate that is not a number
 */
export async function readStlText(
  path: string,
  source: FileSource,
  warnings: string[],
): Promise<StlTriangles> {
  const bytes = await source.readRest();
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const text = new NumberScanner(bytes, start, 1);
  const facets = new Facets(Math.ceil(bytes.byteLength / FACET_BYTES));
  let isFacetOpen = false;
  let hasEnd = false;
  while (text.findWord()) {
    if (text.skipKeyword("vertex")) {
      isFacetOpen = true;
      if (!readVertex(path, text, facets)) break;
    } else if (text.skipKeyword("facet")) {
      facets.close();
      isFacetOpen = true;
    } else if (text.skipKeyword("endfacet")) {
      facets.close();
      isFacetOpen = false;
    } else if (text.skipKeyword("endsolid") || text.skipKeyword("end")) {
      facets.close();
      isFacetOpen = false;
      hasEnd = true;
      text.skipLine();
    } else if (!SKIPPED_KEYWORDS.some((word) => text.skipKeyword(word)) && text.number() === undefined) {
      // The name of a solid, or a comment. Numbers belong to a facet normal.
      text.skipLine();
    }
  }
  if (isFacetOpen) facets.drop();
  const { positions, count, degenerate } = facets;
  if (degenerate > 0) {
    warnings.push(`${degenerate} of ${count} facets have fewer than three vertices; left out`);
  }
  if (isFacetOpen) {
    const shown = `the ${positions.length / 9} triangles before it are shown`;
    warnings.push(`the file ends in the middle of a facet: it is cut off; ${shown}`);
  } else if (!hasEnd) warnings.push("the file does not end with endsolid: it may be cut off");
  const origin = coordinateOrigin(positions);
  return { positions: relativeTo(origin, positions), origin };
}

/** @returns false if the file ends inside the vertex */
function readVertex(path: string, text: NumberScanner, facets: Facets): boolean {
  for (let axis = 0; axis < 3; axis += 1) {
    if (!text.findWord()) return false;
    const value = text.number();
    if (value === undefined) {
      if (text.touchesEnd()) return false;
      throw new LoadError(path, `${quote(text.word())} is not a number`, {
        format: "STL",
        position: { line: text.line },
      });
    }
    facets.push(value);
  }
  return true;
}

/** Coordinates of the triangles, followed by those of the open facet. */
class Facets {
  /** Number of facets that were closed with at least one vertex. */
  count = 0;
  /** Number of closed facets that were dropped because they have fewer than three vertices. */
  degenerate = 0;
  readonly #values: GrowingArray<Float64Array>;
  /** Number of values that belong to closed facets. */
  #closedLength = 0;

  constructor(expectedTriangles: number) {
    this.#values = new GrowingArray(new Float64Array(9 * expectedTriangles));
  }

  get positions(): Float64Array {
    return this.#values.values.subarray(0, this.#closedLength);
  }

  push(value: number): void {
    this.#values.push(value);
  }

  /** Removes the open facet. */
  drop(): void {
    this.#values.length = this.#closedLength;
  }

  /** Closes the open facet. A facet of more than three vertices is triangulated. */
  close(): void {
    const values = this.#values.length - this.#closedLength;
    if (values > 0) this.count += 1;
    if (values > 0 && values < 9) {
      this.degenerate += 1;
      this.drop();
    } else if (values > 9) {
      const polygon = this.#values.values.slice(this.#closedLength);
      this.drop();
      const vertices = Uint32Array.from({ length: values / 3 }, (_, vertex) => vertex);
      for (const corner of triangulate(polygon, vertices)) {
        for (let axis = 0; axis < 3; axis += 1) this.push(polygon[3 * corner + axis] ?? 0);
      }
    }
    this.#closedLength = this.#values.length;
  }
}
