import { triangulate } from "../../geometry/triangulate.ts";
import { parseFacets } from "../../native/parse-text.ts";
import { FilePositions } from "../file-positions.ts";
import type { FileSource } from "../file-source.ts";
import { LoadError, quote } from "../load-error.ts";
import { NumberScanner, wholeLines } from "../number-scanner.ts";
import type { StlTriangles } from "./stl-layout.ts";

/** Minimum size of a facet: each of its coordinates has one digit. */
const MIN_FACET_BYTES = 80;

/** Keywords that are skipped. */
const SKIPPED_KEYWORDS = ["normal", "outer", "loop", "endloop"] as const;

/**
 * Reads the facets and vertices of ASCII STL, in any letter case, with any names and line ends. Facets of the usual form are parsed
 * by native code.
 *
 * @throws LoadError for a coordinate that is not a number
 */
export async function readStlText(
  path: string,
  source: FileSource,
  warnings: string[],
): Promise<StlTriangles> {
  const { window: start } = source;
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) source.consume(3);
  const facets = new Facets(path);
  let line = 1;
  for (;;) {
    const { window, isAtEnd } = source;
    const text = new NumberScanner(isAtEnd ? window : wholeLines(window), 0, line);
    facets.parse(text, isAtEnd, source.fraction);
    line = text.line;
    source.consume(text.offset);
    if (isAtEnd) break;
    await source.fill();
  }
  return facets.finish(warnings);
}

/** Parser state: the triangles, and the vertices of the open facet. */
class Facets {
  readonly #path: string;
  /** Coordinates of the triangles, followed by those of the open facet. */
  readonly #positions = new FilePositions(0, true);
  /** Number of values that belong to closed facets. */
  #closedLength = 0;
  /** Number of facets that were closed with at least one vertex. */
  #count = 0;
  /** Number of closed facets that were dropped because they have fewer than three vertices. */
  #degenerate = 0;
  #isOpen = false;
  #hasEnd = false;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Parses the complete words and vertices.
   *
   * @param text whole lines, or the rest of the file
   * @param fraction fraction of the file up to the end of the text
   */
  parse(text: NumberScanner, isLast: boolean, fraction: number): void {
    while (text.findWord()) {
      if (!this.#isOpen && text.isKeyword("facet") && this.#parsePlainFacets(text, fraction)) continue;
      const { offset, line } = text;
      const { length } = this.#positions;
      if (this.#parseWord(text)) continue;
      if (!isLast) {
        this.#positions.length = length;
        text.reset(offset, line);
      }
      return;
    }
  }

  /** Returns the triangles, and adds warnings about dropped facets and a missing end. */
  finish(warnings: string[]): StlTriangles {
    this.#positions.length = this.#closedLength;
    const positions = this.#positions.finish();
    if (this.#degenerate > 0) {
      warnings.push(`${this.#degenerate} of ${this.#count} facets have fewer than three vertices; left out`);
    }
    if (this.#isOpen) {
      const shown = `the ${positions.length / 9} triangles before it are shown`;
      warnings.push(`the file ends in the middle of a facet: it is cut off; ${shown}`);
    } else if (!this.#hasEnd) warnings.push("the file does not end with endsolid: it may be cut off");
    return { surfaces: positions.length > 0 ? [{ positions }] : [], origin: this.#positions.origin };
  }

  /** Parses facets by native code. @returns whether there were any */
  #parsePlainFacets(text: NumberScanner, fraction: number): boolean {
    const positions = this.#positions;
    const { rest } = text;
    positions.reserve(9 * Math.ceil(rest.length / MIN_FACET_BYTES), fraction);
    const to = positions.array.subarray(positions.length);
    const { bytes, lines, count } = parseFacets(rest, positions.origin, to);
    text.reset(text.offset + bytes, text.line + lines);
    positions.length += 9 * count;
    this.#count += count;
    this.#closedLength = positions.length;
    positions.settle();
    return count > 0;
  }

  /** @returns false if the text ends inside a vertex */
  #parseWord(text: NumberScanner): boolean {
    if (text.skipKeyword("vertex")) {
      this.#isOpen = true;
      return this.#readVertex(text);
    }
    if (text.skipKeyword("facet")) {
      this.#close();
      this.#isOpen = true;
    } else if (text.skipKeyword("endfacet")) {
      this.#close();
    } else if (text.skipKeyword("endsolid") || text.skipKeyword("end")) {
      this.#close();
      this.#hasEnd = true;
      text.skipLine();
    } else if (!SKIPPED_KEYWORDS.some((word) => text.skipKeyword(word)) && text.number() === undefined) {
      // The name of a solid, or a comment. Numbers belong to a facet normal.
      text.skipLine();
    }
    return true;
  }

  /** @returns false if the text ends inside the vertex */
  #readVertex(text: NumberScanner): boolean {
    for (let axis = 0; axis < 3; axis += 1) {
      if (!text.findWord()) return false;
      const value = text.number();
      if (value === undefined) {
        if (text.touchesEnd()) return false;
        throw new LoadError(this.#path, `${quote(text.word())} is not a number`, {
          format: "STL",
          position: { line: text.line },
        });
      }
      this.#positions.push(value);
    }
    return true;
  }

  /** Closes the open facet. A facet of more than three vertices is triangulated. */
  #close(): void {
    const positions = this.#positions;
    const values = positions.length - this.#closedLength;
    if (values > 0) this.#count += 1;
    if (values > 0 && values < 9) {
      this.#degenerate += 1;
      positions.length = this.#closedLength;
    } else if (values > 9) {
      const polygon = positions.values.slice(this.#closedLength);
      positions.length = this.#closedLength;
      const vertices = Uint32Array.from({ length: values / 3 }, (_, vertex) => vertex);
      const corners = triangulate(polygon, vertices);
      positions.reserve(3 * corners.length, 0);
      for (const corner of corners) {
        positions.array.set(polygon.subarray(3 * corner, 3 * corner + 3), positions.length);
        positions.length += 3;
      }
    }
    this.#closedLength = positions.length;
    this.#isOpen = false;
    positions.settle();
  }
}
