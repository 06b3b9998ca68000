import { ObjLines } from "../../native/parse-obj.ts";
import { FilePositions } from "../file-positions.ts";
import type { FileSource } from "../file-source.ts";
import { GrowingArray, growingFloats, growingInts } from "../growing-array.ts";
import { LoadError, quote } from "../load-error.ts";
import { toAsciiCompatible, utf16Encoding } from "../text-encoding.ts";
import type { FaceRun, ObjData } from "./obj-data.ts";
import { ElementList, MissingVertices, StyleState } from "./obj-elements.ts";
import { ObjTokenizer } from "./obj-tokenizer.ts";

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
 * Parses Wavefront OBJ: vertices with colors, polygons, lines, points, materials, smoothing. Statements can refer to
 * vertices that are defined later.
 *
 * Plain lines are parsed by native code, the others here.
 *
 * @throws LoadError with the line number of the defect
 */
export function parseObj(path: string, source: FileSource): Promise<ObjData> {
  return new ObjParser(path).parse(source);
}

/** Values for which there is room, per byte of text: 24 bytes for a vertex, 18 for a triangle. Denser text is parsed in several steps. */
const PER_BYTE = { vectors: 1 / 8, corners: 1 / 6, faces: 1 / 18 };

/** Number of free elements up to which an array is full. TypeScript parses a longer line, for example of a polygon with 100 corners. */
const MIN_ROOM = 64;

/** Maximum number of lines that TypeScript parses before native code is tried again. */
const MAX_LINES_BETWEEN_TRIES = 64;

type FileArray = Float32Array | Float64Array | Int32Array | Uint32Array;

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
  readonly #style = new StyleState();
  readonly #libraries = new Set<string>();
  readonly #indices = new Int32Array(3);
  /** Whether native code stopped at an array without room. */
  #isFull = true;
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
    /** Number of lines that TypeScript parses before native code is tried again; doubles while native code parses none. */
    let lines = 0;
    while (offset < text.length) {
      if (hasLineFeed) {
        const plain = this.#parsePlainLines(text.subarray(offset), fraction);
        offset += plain.bytes;
        if (plain.bytes > 0 && this.#isFull) continue;
        lines = plain.bytes > 0 ? 1 : Math.min(MAX_LINES_BETWEEN_TRIES, 2 * lines + 1);
        hasLineFeed = !plain.isComplete;
      }
      tokens.reset(text.subarray(offset));
      for (let line = 0; line < lines && offset + tokens.offset < text.length; line += 1) {
        if (!isLast && !tokens.hasWholeLine()) return offset + tokens.offset;
        this.#parseLine();
      }
      offset += tokens.offset;
    }
    return offset;
  }

  /** Parses lines up to one that is not plain, or for which an array has no room. */
  #parsePlainLines(text: Uint8Array, fraction: number): { bytes: number; isComplete: boolean } {
    if (this.#isFull) this.#reserve(text.length, fraction);
    const positions = this.#positions;
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
    this.#isFull = plain.isFull;
    this.#tokens.line += plain.lines;
    if (this.#faceCount > faces) this.#extendRun(faces);
    positions.settle();
    return plain;
  }

  /** Makes room for the values of text of a length, bytes, in arrays that are full. */
  #reserve(bytes: number, fraction: number): void {
    const reserve = (values: GrowingArray<FileArray> | undefined, perByte: number): void => {
      if (values !== undefined && values.array.length - values.length <= MIN_ROOM)
        values.reserve(Math.ceil(bytes * perByte), fraction);
    };
    reserve(this.#positions, PER_BYTE.vectors);
    // Most files have none of these: the first ones need no memory.
    for (const values of [this.#normals, this.#uvs, this.#colors])
      if (values !== undefined && values.length > 0) reserve(values, PER_BYTE.vectors);
    for (const values of [this.#corners, this.#cornerUvs, this.#cornerNormals])
      reserve(values, PER_BYTE.corners);
    reserve(this.#faceEnds, PER_BYTE.faces);
  }

  get #faceCount(): number {
    return this.#faceEnds?.length ?? this.#corners.length / 3;
  }

  /** Sets the style of the faces from `start` on. */
  #extendRun(start: number): void {
    const style = this.#style.current();
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
    // One extra value is the weight of a rational curve or surface; three or four are a color.
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
    const style = this.#style.current();
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
        this.#style.material = tokens.rest();
        return;
      case "mtllib":
        if (this.#libraries.size < MAX_LIBRARIES) this.#libraries.add(tokens.rest());
        return;
      case "s":
        this.#style.smooth = !(tokens.nextWord() && /^(?:0+|off)$/i.test(tokens.word));
        return;
      default:
        if (FREE_FORM.has(keyword)) this.#hasFreeForm = true;
        else if (!IGNORED.has(keyword)) this.#unknownStatement ??= `${keyword} ${tokens.rest()}`;
    }
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
      styles: this.#style.styles,
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
