import type { Vec3 } from "../../geometry/coordinates.ts";
import { ObjLines } from "../../native/parse-obj.ts";
import { FilePositions } from "../file-positions.ts";
import type { FileSource } from "../file-source.ts";
import { GrowingArray, growingFloats, growingInts } from "../growing-array.ts";
import { LoadError, quote } from "../load-error.ts";
import { toAsciiCompatible, utf16Encoding } from "../text-encoding.ts";
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

interface ObjFaces {
  readonly count: number;
  /** The vertex of each corner, face by face. */
  readonly vertices: Int32Array;
  /** End of each face in `vertices`; undefined if all faces are triangles. */
  readonly ends: Uint32Array | undefined;
  /** Texture coordinate index of each corner, -1 for none; undefined if all have none. */
  readonly uvs: Int32Array | undefined;
  /** Vertex normal index of each corner, -1 for none; undefined if all have none. */
  readonly normals: Int32Array | undefined;
  /** Faces with the same style, in order. */
  readonly runs: readonly FaceRun[];
}

/** The faces from `start` up to the next run. */
interface FaceRun {
  readonly start: number;
  /** Index in `ObjData.styles`. */
  readonly style: number;
}

/** Drawing state of elements. */
interface ObjStyle {
  /** Material name of the last `usemtl`; undefined before the first. */
  readonly material: string | undefined;
  /** False after `s off`: flat shading. */
  readonly smooth: boolean;
}

export interface ObjData {
  /** x, y, z of each vertex, relative to the origin. */
  readonly positions: Float32Array;
  readonly origin: Vec3;
  /** Red, green, blue of each vertex, unchanged from the file; NaN for a vertex without a colour, undefined if there are no colours. */
  readonly colors: Float32Array | undefined;
  /** u, v of each texture coordinate. */
  readonly uvs: Float32Array;
  readonly normals: Float32Array;
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
 * Plain lines are parsed by native code, the others here.
 *
 * @throws LoadError with the line number of the defect
 */
export function parseObj(path: string, source: FileSource): Promise<ObjData> {
  return new ObjParser(path).parse(source);
}

class ElementList {
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
class MissingVertices {
  readonly #references: { readonly vertex: number; readonly line: number }[] = [];

  add(vertex: number, line: number): void {
    if (vertex > (this.#references.at(-1)?.vertex ?? -1)) this.#references.push({ vertex, line });
  }

  /** The first reference to a vertex beyond the last. */
  find(count: number): { readonly vertex: number; readonly line: number } | undefined {
    return this.#references.find(({ vertex }) => vertex >= count);
  }
}

/** Upper bounds: "v 0 0 0" and "f 1 1 1" have 8 bytes with the line end. */
const MAX_PER_BYTE = { vectors: 3 / 8, corners: 1 / 2, faces: 1 / 8 };
const MAX_PATIENCE = 64;

class ObjParser {
  readonly #path: string;
  readonly #tokens = new ObjTokenizer();
  readonly #lines = new ObjLines();
  readonly #positions = new FilePositions(0, true);
  #colors: GrowingArray<Float32Array> | undefined;
  readonly #uvs = growingFloats();
  readonly #normals = growingFloats();
  readonly #corners = growingInts();
  #cornerUvs: GrowingArray<Int32Array> | undefined;
  #cornerNormals: GrowingArray<Int32Array> | undefined;
  #faceEnds: GrowingArray<Uint32Array> | undefined;
  readonly #faceRuns: FaceRun[] = [];
  readonly #missing = new MissingVertices();
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

  constructor(path: string) {
    this.#path = path;
  }

  async parse(source: FileSource): Promise<ObjData> {
    await source.fill();
    if (utf16Encoding(source.window) !== undefined) {
      this.#parseLines(toAsciiCompatible(await source.readRest()), true, 1);
      return this.#finish();
    }
    source.consume(source.window.length - toAsciiCompatible(source.window).length);
    for (;;) {
      const { window, isAtEnd } = source;
      source.consume(this.#parseLines(window, isAtEnd, source.fraction));
      if (isAtEnd) return this.#finish();
      await source.fill();
    }
  }

  /**
   * Parses the whole lines of a text, and the last line if it has no end.
   *
   * @param fraction part of the file up to the end of the text
   * @returns the number of bytes parsed
   */
  #parseLines(text: Uint8Array, isLast: boolean, fraction: number): number {
    const tokens = this.#tokens;
    let offset = 0;
    let hasLineFeed = true;
    /** Number of lines before native code is tried again; grows with each line that is not plain. */
    let patience = 0;
    while (offset < text.length) {
      if (hasLineFeed) {
        const plain = this.#parsePlainLines(text.subarray(offset), fraction);
        offset += plain.bytes;
        patience = plain.bytes > 0 ? 1 : Math.min(MAX_PATIENCE, 2 * patience + 1);
        hasLineFeed = !plain.isComplete;
      }
      tokens.reset(text.subarray(offset));
      for (let line = 0; line < patience && offset + tokens.offset < text.length; line += 1) {
        if (!isLast && !tokens.hasWholeLine()) return offset + tokens.offset;
        this.#parseLine();
      }
      offset += tokens.offset;
    }
    return offset;
  }

  /** Parses lines up to one that is not plain. */
  #parsePlainLines(text: Uint8Array, fraction: number): { bytes: number; isComplete: boolean } {
    const { length } = text;
    const positions = this.#positions;
    positions.reserve(Math.ceil(length * MAX_PER_BYTE.vectors), fraction);
    this.#normals.reserve(Math.ceil(length * MAX_PER_BYTE.vectors), fraction);
    this.#uvs.reserve(Math.ceil(length * MAX_PER_BYTE.vectors), fraction);
    this.#colors?.reserve(Math.ceil(length * MAX_PER_BYTE.vectors), fraction);
    for (const corners of [this.#corners, this.#cornerUvs, this.#cornerNormals]) {
      corners?.reserve(Math.ceil(length * MAX_PER_BYTE.corners), fraction);
    }
    this.#faceEnds?.reserve(Math.ceil(length * MAX_PER_BYTE.faces), fraction);
    const arrays = {
      positions,
      colors: this.#colors,
      normals: this.#normals,
      uvs: this.#uvs,
      corners: this.#corners,
      cornerUvs: this.#cornerUvs,
      cornerNormals: this.#cornerNormals,
      ends: this.#faceEnds,
    };
    const faces = this.#faceCount;
    const plain = this.#lines.parse(text, arrays, positions.origin);
    this.#tokens.line += plain.lines;
    if (this.#faceCount > faces) this.#extendRun(faces);
    positions.settle();
    return plain;
  }

  get #faceCount(): number {
    return this.#faceEnds?.length ?? this.#corners.length / 3;
  }

  /** Sets the style of the faces from `start` on. */
  #extendRun(start: number): void {
    const style = this.#styleNumber();
    if (this.#faceRuns.at(-1)?.style !== style) this.#faceRuns.push({ start, style });
  }

  #parseLine(): void {
    const tokens = this.#tokens;
    if (tokens.nextWord()) {
      if (tokens.isCharacter(V)) this.#vertex();
      else if (tokens.isPair(V, N)) this.#vector(this.#normals, 3);
      else if (tokens.isPair(V, T)) this.#vector(this.#uvs, 2);
      else if (tokens.isCharacter(F) || tokens.isPair(F, O)) this.#face();
      else if (tokens.isCharacter(L)) this.#elements(this.#polylines, false);
      else if (tokens.isCharacter(P)) this.#elements(this.#points, true);
      else this.#other(tokens.word);
      while (tokens.nextWord());
    }
    tokens.nextLine();
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
    this.#colors ??= growingFloats();
    this.#padColors(this.#colors, positions.length - 3);
    for (const value of extra.slice(0, 3)) this.#colors.push(value);
  }

  #padColors(colors: GrowingArray<Float32Array>, length: number): void {
    while (colors.length < length) colors.push(Number.NaN);
  }

  /** Reads a vertex normal or a texture coordinate. A word that is not a number becomes NaN, a missing v becomes 0. */
  #vector(values: GrowingArray<Float32Array>, size: number): void {
    const tokens = this.#tokens;
    for (let i = 0; i < size; i += 1) {
      const value = tokens.plainNumber();
      if (!Number.isNaN(value)) values.push(value);
      else if (tokens.nextWord()) values.push(tokens.number() ?? Number.NaN);
      else values.push(size === 2 && i > 0 ? 0 : Number.NaN);
    }
  }

  #face(): void {
    const corners = this.#corners;
    const start = corners.length;
    const face = this.#faceCount;
    while (this.#tokens.nextWord()) {
      const vertex = this.#vertexNumber(this.#missing);
      const uv = this.#attributeNumber(this.#indices[1] ?? 0, this.#uvs.length / 2);
      const normal = this.#attributeNumber(this.#indices[2] ?? 0, this.#normals.length / 3);
      if (uv >= 0) this.#cornerUvs ??= padded(corners.length);
      if (normal >= 0) this.#cornerNormals ??= padded(corners.length);
      corners.push(vertex);
      this.#cornerUvs?.push(uv);
      this.#cornerNormals?.push(normal);
    }
    if (corners.length - start !== 3 && this.#faceEnds === undefined) {
      this.#faceEnds = new GrowingArray(new Uint32Array(face + 64));
      for (let i = 1; i <= face; i += 1) this.#faceEnds.push(3 * i);
    }
    this.#faceEnds?.push(corners.length);
    this.#extendRun(face);
  }

  #elements(list: ElementList, single: boolean): void {
    const style = this.#styleNumber();
    if (!single) list.begin(style);
    while (this.#tokens.nextWord()) {
      if (single) list.begin(style);
      list.vertices.push(this.#vertexNumber(list.missing));
    }
  }

  /** Reads a word like 1, -1, 1/2, 1/2/3 or 1//3 into `#indices`. `#checkVertices` checks the upper bound at the end of the file. */
  #vertexNumber(missing: MissingVertices): number {
    const indices = this.#indices;
    if (!this.#tokens.indices(indices) || indices[0] === 0) {
      throw this.#fail(`${quote(this.#tokens.word)} is not a vertex number`);
    }
    const index = indices[0] ?? 0;
    const vertices = this.#positions.length / 3;
    if (index > vertices) missing.add(index - 1, this.#tokens.line);
    if (index > 0) return index - 1;
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
    for (const missing of [this.#missing, this.#polylines.missing, this.#points.missing]) {
      this.#checkVertices(missing);
    }
    if (this.#colors !== undefined) this.#padColors(this.#colors, this.#positions.length);
    const elements = this.#faceCount + this.#polylines.styles.length + this.#points.styles.length;
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
      positions: this.#positions.finish(),
      origin: this.#positions.origin,
      colors: this.#colors?.values,
      uvs: this.#uvs.values,
      normals: this.#normals.values,
      styles: this.#styles,
      faces: {
        count: this.#faceCount,
        vertices: this.#corners.values,
        ends: this.#faceEnds?.values,
        uvs: this.#cornerUvs?.values,
        normals: this.#cornerNormals?.values,
        runs: this.#faceRuns,
      },
      lines: this.#polylines.finish(),
      points: this.#points.finish(),
      libraries: [...this.#libraries],
      warnings,
    };
  }

  #checkVertices(missing: MissingVertices): void {
    const count = this.#positions.length / 3;
    const reference = missing.find(count);
    if (reference === undefined) return;
    const { vertex, line } = reference;
    throw new LoadError(this.#path, `vertex ${vertex + 1} does not exist: there are ${count}`, {
      format: "OBJ",
      position: { line },
    });
  }

  #fail(reason: string): LoadError {
    return new LoadError(this.#path, reason, { format: "OBJ", position: { line: this.#tokens.line } });
  }
}

/** Corners of which none has a texture coordinate or normal. */
function padded(length: number): GrowingArray<Int32Array> {
  const indices = new GrowingArray(new Int32Array(length).fill(-1));
  indices.length = length;
  return indices;
}
