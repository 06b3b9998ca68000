import { type GrowingArray, growingFloats, growingInts } from "../growing-array.ts";
import { LoadError, quote } from "../load-error.ts";
import { ObjTokenizer } from "./obj-tokenizer.ts";

/** Polygons, polylines or points as lists of corners; each corner refers to a vertex. Indices are zero-based. */
export interface ObjElements {
  /** Index of the first corner of each element; the last entry is the number of corners. */
  readonly starts: Int32Array;
  /** The vertex of each corner. */
  readonly vertices: Int32Array;
  /** The index in `ObjData.styles` for each element. */
  readonly styles: Int32Array;
}

interface ObjFaces extends ObjElements {
  /** Texture coordinate index of each corner; -1 for none. */
  readonly uvs: Int32Array;
  /** Vertex normal index of each corner; -1 for none. */
  readonly normals: Int32Array;
}

/** Drawing state of elements. */
interface ObjStyle {
  /** Material name of the last `usemtl`; undefined before the first. */
  readonly material: string | undefined;
  /** False after `s off`: flat shading. */
  readonly smooth: boolean;
}

export interface ObjData {
  /** x, y, z of each vertex, unchanged from the file. */
  readonly positions: Float64Array;
  /** Red, green, blue of each vertex, unchanged from the file; NaN for a vertex without a colour, undefined if there are no colours. */
  readonly colors: Float64Array | undefined;
  /** u, v of each texture coordinate. */
  readonly uvs: Float64Array;
  readonly normals: Float64Array;
  readonly styles: readonly ObjStyle[];
  readonly faces: ObjFaces;
  readonly lines: ObjElements;
  readonly points: ObjElements;
  /** Arguments of each `mtllib` statement: one file name, or several separated by spaces. */
  readonly libraries: readonly string[];
  readonly warnings: readonly string[];
}

const V = 0x76;
const N = 0x6e;
const T = 0x74;
const F = 0x66;
const O = 0x6f;
const L = 0x6c;
const P = 0x70;

/** Maximum number of material libraries of a model. */
export const MAX_LIBRARIES = 64;

/** Statements without an effect on the rendering of polygons, lines and points. */
const IGNORED = new Set(
  "vp o g mg usemap maplib cstype deg bmat step parm trim hole scrv sp end con shadow_obj trace_obj lod bevel c_interp d_interp ctech stech call csh".split(
    " ",
  ),
);
const FREE_FORM = new Set(["curv", "curv2", "surf", "bsp", "bzp", "cdc", "cdp", "res"]);

/**
 * Parses Wavefront OBJ: vertices with colours, polygons, lines, points, materials, smoothing. Statements can refer to
 * vertices that are defined later.
 *
 * @throws LoadError with the line number of the defect
 */
export function parseObj(path: string, bytes: Uint8Array): ObjData {
  return new ObjParser(path, bytes).parse();
}

class ElementList {
  readonly starts = growingInts();
  readonly vertices = growingInts();
  readonly styles = growingInts();
  /** Line number of each element, for error messages. */
  readonly lines = growingInts();

  begin(style: number, line: number): void {
    this.starts.push(this.vertices.length);
    this.styles.push(style);
    this.lines.push(line);
  }

  finish(): ObjElements {
    this.starts.push(this.vertices.length);
    return { starts: this.starts.values, vertices: this.vertices.values, styles: this.styles.values };
  }
}

class ObjParser {
  readonly #path: string;
  readonly #tokens: ObjTokenizer;
  readonly #positions = growingFloats();
  readonly #colors = growingFloats();
  readonly #uvs = growingFloats();
  readonly #normals = growingFloats();
  readonly #faces = new ElementList();
  readonly #faceUvs = growingInts();
  readonly #faceNormals = growingInts();
  readonly #polylines = new ElementList();
  readonly #points = new ElementList();
  readonly #styles: ObjStyle[] = [];
  readonly #styleNumbers = new Map<string, number>();
  readonly #libraries = new Set<string>();
  readonly #indices = new Int32Array(3);
  #material: string | undefined;
  #smooth = true;
  #style = -1;
  #hasFreeForm = false;
  /** The first statement that is not OBJ. */
  #unknownStatement: string | undefined;

  constructor(path: string, bytes: Uint8Array) {
    this.#path = path;
    this.#tokens = new ObjTokenizer(bytes);
  }

  parse(): ObjData {
    const tokens = this.#tokens;
    while (tokens.nextStatement()) {
      if (tokens.isCharacter(V)) this.#vertex();
      else if (tokens.isPair(V, N)) this.#vector(this.#normals, 3);
      else if (tokens.isPair(V, T)) this.#vector(this.#uvs, 2);
      else if (tokens.isCharacter(F) || tokens.isPair(F, O)) this.#face();
      else if (tokens.isCharacter(L)) this.#elements(this.#polylines, false);
      else if (tokens.isCharacter(P)) this.#elements(this.#points, true);
      else this.#other(tokens.word);
      while (tokens.nextWord());
    }
    return this.#finish();
  }

  #vertex(): void {
    const tokens = this.#tokens;
    const positions = this.#positions;
    for (let axis = 0; axis < 3; axis += 1) {
      let value: number | undefined = tokens.plainNumber();
      if (Number.isNaN(value)) {
        if (!tokens.nextWord()) throw this.#fail("a vertex needs three coordinates");
        value = tokens.number();
      }
      if (value === undefined) {
        const hint = tokens.word.includes(",") ? ": write decimal points, not commas" : "";
        throw this.#fail(`${quote(tokens.word)} is not a number${hint}`);
      }
      positions.push(value);
    }
    if (!tokens.nextWord()) return;
    const extra = [tokens.number() ?? Number.NaN];
    while (extra.length < 4 && tokens.nextWord()) extra.push(tokens.number() ?? Number.NaN);
    // One extra value is the weight of a rational curve or surface; three or four are a colour.
    if (extra.length < 3) return;
    const colors = this.#colors;
    while (colors.length < positions.length - 3) colors.push(Number.NaN);
    for (const value of extra.slice(0, 3)) colors.push(value);
  }

  /** Reads a vertex normal or a texture coordinate. A word that is not a number becomes NaN, a missing v becomes 0. */
  #vector(values: GrowingArray<Float64Array>, size: number): void {
    const tokens = this.#tokens;
    for (let i = 0; i < size; i += 1) {
      const value = tokens.plainNumber();
      if (!Number.isNaN(value)) values.push(value);
      else if (tokens.nextWord()) values.push(tokens.number() ?? Number.NaN);
      else values.push(size === 2 && i > 0 ? 0 : Number.NaN);
    }
  }

  #face(): void {
    const faces = this.#faces;
    faces.begin(this.#styleNumber(), this.#tokens.line);
    while (this.#tokens.nextWord()) {
      faces.vertices.push(this.#vertexNumber());
      this.#faceUvs.push(this.#attributeNumber(this.#indices[1] ?? 0, this.#uvs.length / 2));
      this.#faceNormals.push(this.#attributeNumber(this.#indices[2] ?? 0, this.#normals.length / 3));
    }
  }

  #elements(list: ElementList, single: boolean): void {
    const style = this.#styleNumber();
    if (!single) list.begin(style, this.#tokens.line);
    while (this.#tokens.nextWord()) {
      if (single) list.begin(style, this.#tokens.line);
      list.vertices.push(this.#vertexNumber());
    }
  }

  /** Reads a word like 1, -1, 1/2, 1/2/3 or 1//3 into `#indices`. `#checkVertices` checks the upper bound at the end of the file. */
  #vertexNumber(): number {
    const indices = this.#indices;
    if (!this.#tokens.indices(indices) || indices[0] === 0) {
      throw this.#fail(`${quote(this.#tokens.word)} is not a vertex number`);
    }
    const index = indices[0] ?? 0;
    if (index > 0) return index - 1;
    const vertices = this.#positions.length / 3;
    if (index < -vertices) {
      throw this.#fail(`vertex ${index} does not exist: only ${vertices} are defined before this line`);
    }
    return vertices + index;
  }

  #attributeNumber(index: number, count: number): number {
    return index >= 0 ? index - 1 : Math.max(-1, count + index);
  }

  #other(keyword: string): void {
    const tokens = this.#tokens;
    switch (keyword) {
      case "usemtl":
        this.#material = tokens.rest();
        this.#style = -1;
        return;
      case "mtllib":
        if (this.#libraries.size < MAX_LIBRARIES) this.#libraries.add(tokens.rest());
        return;
      case "s":
        this.#smooth = !(tokens.nextWord() && /^(?:0+|off)$/i.test(tokens.word));
        this.#style = -1;
        return;
      default:
        if (FREE_FORM.has(keyword)) this.#hasFreeForm = true;
        else if (!IGNORED.has(keyword)) this.#unknownStatement ??= `${keyword} ${tokens.rest()}`;
    }
  }

  #styleNumber(): number {
    if (this.#style >= 0) return this.#style;
    const key = `${this.#smooth} ${this.#material ?? ""}`;
    let number = this.#styleNumbers.get(key);
    if (number === undefined) {
      number = this.#styles.length;
      this.#styleNumbers.set(key, number);
      this.#styles.push({ material: this.#material, smooth: this.#smooth });
    }
    this.#style = number;
    return number;
  }

  #finish(): ObjData {
    for (const list of [this.#faces, this.#polylines, this.#points]) this.#checkVertices(list);
    const colors = this.#colors;
    if (colors.length > 0) while (colors.length < this.#positions.length) colors.push(Number.NaN);
    const elements = this.#faces.styles.length + this.#polylines.styles.length + this.#points.styles.length;
    const warnings: string[] = [];
    if (this.#unknownStatement !== undefined) {
      warnings.push(`${quote(this.#unknownStatement)} is not an OBJ statement and was skipped`);
    }
    if (this.#hasFreeForm) {
      const reason = "free-form curves or surfaces, which are not supported";
      if (elements === 0) {
        throw new LoadError(this.#path, `it contains only ${reason}; save it as polygons`, {
          format: "OBJ",
        });
      }
      warnings.push(`it has ${reason}; left out`);
    }
    return {
      positions: this.#positions.values,
      colors: colors.length > 0 ? colors.values : undefined,
      uvs: this.#uvs.values,
      normals: this.#normals.values,
      styles: this.#styles,
      faces: {
        ...this.#faces.finish(),
        uvs: this.#faceUvs.values,
        normals: this.#faceNormals.values,
      },
      lines: this.#polylines.finish(),
      points: this.#points.finish(),
      libraries: [...this.#libraries],
      warnings,
    };
  }

  #checkVertices(list: ElementList): void {
    const count = this.#positions.length / 3;
    const vertices = list.vertices.values;
    const invalid = vertices.findIndex((vertex) => vertex >= count);
    if (invalid < 0) return;
    let element = 0;
    const starts = list.starts.values;
    while ((starts[element + 1] ?? Number.POSITIVE_INFINITY) <= invalid) element += 1;
    throw new LoadError(
      this.#path,
      `vertex ${(vertices[invalid] ?? 0) + 1} does not exist: there are ${count}`,
      {
        format: "OBJ",
        position: { line: list.lines.values[element] ?? 0 },
      },
    );
  }

  #fail(reason: string): LoadError {
    return new LoadError(this.#path, reason, { format: "OBJ", position: { line: this.#tokens.line } });
  }
}
