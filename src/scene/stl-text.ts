import { LoadError, quote } from "./load-error.ts";
import { NumberScanner } from "./number-scanner.ts";
import { triangulate } from "./triangulate.ts";

export interface StlText {
  /** x, y, z of three vertices for each triangle. */
  readonly positions: Float64Array;
  /** Facets in the file. */
  readonly facets: number;
  /** Facets of fewer than three vertices, which were left out. */
  readonly short: number;
  /** Whether the file ends in a facet, which was left out. */
  readonly cut: boolean;
  /** Whether there is an `endsolid`, or `end solid`. */
  readonly ended: boolean;
}

/** Bytes of a facet in most files; only for how much memory is asked for at first. */
const FACET_BYTES = 150;

/** Words without a meaning of their own. */
const FILLERS = ["normal", "outer", "loop", "endloop"] as const;

/**
 * Reads ASCII STL in whatever letter case and with whatever names and line ends. Only facets and their vertices matter.
 *
 * @throws LoadError for a coordinate that is no number
 */
export function readStlText(path: string, bytes: Uint8Array): StlText {
  const start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const text = new NumberScanner(bytes, start, 1);
  const facets = new Facets(Math.ceil(bytes.byteLength / FACET_BYTES));
  let open = false;
  let ended = false;
  while (text.findWord()) {
    if (text.skipKeyword("vertex")) {
      open = true;
      if (!readVertex(path, text, facets)) break;
    } else if (text.skipKeyword("facet")) {
      facets.close();
      open = true;
    } else if (text.skipKeyword("endfacet")) {
      facets.close();
      open = false;
    } else if (text.skipKeyword("endsolid") || text.skipKeyword("end")) {
      facets.close();
      open = false;
      ended = true;
      text.skipLine();
    } else if (!FILLERS.some((word) => text.skipKeyword(word)) && text.number() === undefined) {
      // The name of a solid, or a comment. Numbers are those of a normal.
      text.skipLine();
    }
  }
  if (open) facets.drop();
  return { positions: facets.positions, facets: facets.count, short: facets.short, cut: open, ended };
}

/** @returns false where the file ends in it */
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

/** Coordinates of triangles, and at their end those of a facet that is being read. */
class Facets {
  count = 0;
  short = 0;
  #positions: Float64Array;
  #closed = 0;
  #length = 0;

  constructor(triangles: number) {
    this.#positions = new Float64Array(9 * triangles);
  }

  get positions(): Float64Array {
    return this.#positions.subarray(0, this.#closed);
  }

  push(value: number): void {
    if (this.#length === this.#positions.length) {
      const grown = new Float64Array(Math.ceil(this.#length * 1.5) + 9);
      grown.set(this.#positions);
      this.#positions = grown;
    }
    this.#positions[this.#length] = value;
    this.#length += 1;
  }

  drop(): void {
    this.#length = this.#closed;
  }

  /** Ends a facet. One of more than three vertices becomes several triangles. */
  close(): void {
    const values = this.#length - this.#closed;
    if (values > 0) this.count += 1;
    if (values === 9) this.#closed = this.#length;
    else if (values < 9) {
      if (values > 0) this.short += 1;
      this.drop();
    } else {
      const polygon = this.#positions.slice(this.#closed, this.#length);
      this.drop();
      const vertices = Uint32Array.from({ length: values / 3 }, (_, vertex) => vertex);
      for (const corner of triangulate(polygon, vertices)) {
        for (let axis = 0; axis < 3; axis += 1) this.push(polygon[3 * corner + axis] ?? 0);
      }
      this.#closed = this.#length;
    }
  }
}
