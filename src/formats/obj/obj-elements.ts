import { growingInts } from "../growing-array.ts";
import type { ObjElements, ObjStyle } from "./obj-data.ts";

/** Polylines or points that are being read. */
export class ElementList {
  readonly starts = growingInts();
  readonly vertices = growingInts();
  readonly styles = growingInts();
  readonly missing = new MissingVertices();

  begin(style: number): void {
    this.starts.push(this.vertices.length);
    this.styles.push(style);
  }

  finish(): ObjElements {
    this.starts.push(this.vertices.length);
    return { starts: this.starts.values, vertices: this.vertices.values, styles: this.styles.values };
  }
}

/** References to vertices that are not defined yet, each to a later vertex than those before it. */
export class MissingVertices {
  readonly #references: { readonly vertex: number; readonly line: number }[] = [];

  add(vertex: number, line: number): void {
    if (vertex > (this.#references.at(-1)?.vertex ?? -1)) this.#references.push({ vertex, line });
  }

  /** The first reference to a vertex beyond the last. */
  find(count: number): { readonly vertex: number; readonly line: number } | undefined {
    return this.#references.find(({ vertex }) => vertex >= count);
  }
}

/** The drawing state that statements change, and a number for each combination that elements have. */
export class StyleState {
  readonly styles: ObjStyle[] = [];
  readonly #numbers = new Map<string, number>();
  #material: string | undefined;
  #smooth = true;
  /** Number of the present combination; -1 until an element has it. */
  #current = -1;

  set material(name: string) {
    this.#material = name;
    this.#current = -1;
  }

  set smooth(smooth: boolean) {
    this.#smooth = smooth;
    this.#current = -1;
  }

  /** Returns the index of the present combination in `styles`, and adds it to them if it is new. */
  current(): number {
    if (this.#current >= 0) return this.#current;
    const key = `${this.#smooth} ${this.#material ?? ""}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.styles.length;
      this.#numbers.set(key, number);
      this.styles.push({ material: this.#material, smooth: this.#smooth });
    }
    this.#current = number;
    return number;
  }
}
