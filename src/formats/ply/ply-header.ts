import { formatBytes, LoadError, quote } from "../load-error.ts";

export type PlyType = "int8" | "uint8" | "int16" | "uint16" | "int32" | "uint32" | "float32" | "float64";

interface PlyProperty {
  /** In lower case. */
  readonly name: string;
  /** Type of the value, or of each value of a list. */
  readonly type: PlyType;
  /** Type of a list's length; undefined if the property is not a list. */
  readonly countType: PlyType | undefined;
}

export interface PlyElement {
  /** In lower case. */
  readonly name: string;
  /** Declared number of rows; the file may have fewer. */
  readonly count: number;
  readonly properties: readonly PlyProperty[];
}

export interface PlyHeader {
  readonly encoding: "ascii" | "binary_little_endian" | "binary_big_endian";
  readonly elements: readonly PlyElement[];
  /** File names of the `comment TextureFile` lines, in order: faces refer to them by index. */
  readonly textureFiles: readonly string[];
  /** Size of the header in bytes, including the line end after `end_header`. */
  readonly bytes: number;
  /** Number of lines of the header, including `end_header`. */
  readonly lines: number;
}

/** Maximum size of a header in bytes. */
export const MAX_PLY_HEADER_BYTES = 65_536;

export const PLY_TYPE_BYTES: Readonly<Record<PlyType, number>> = {
  int8: 1,
  uint8: 1,
  int16: 2,
  uint16: 2,
  int32: 4,
  uint32: 4,
  float32: 4,
  float64: 8,
};

const TYPES: ReadonlyMap<string, PlyType> = new Map([
  ["char", "int8"],
  ["uchar", "uint8"],
  ["short", "int16"],
  ["ushort", "uint16"],
  ["int", "int32"],
  ["uint", "uint32"],
  ["float", "float32"],
  ["double", "float64"],
  ...(Object.keys(PLY_TYPE_BYTES) as PlyType[]).map((type) => [type, type] as const),
]);

/**
 * Parses a PLY header. The declared counts are not checked against the size of the file, except for the first vertex.
 *
 * @param head the start of the file; the header must end in it
 * @throws LoadError with the number of the wrong line
 */
export function parsePlyHeader(file: string, head: Uint8Array, fileBytes: number): PlyHeader {
  const fail = (line: number, reason: string): LoadError =>
    new LoadError(file, reason, { format: "PLY", position: { line } });
  const text = new TextDecoder("latin1").decode(head.subarray(0, MAX_PLY_HEADER_BYTES));
  const end = /^[ \t]*end_header[ \t]*(\r\n|\n|\r|(?![\s\S]))/im.exec(text);
  if (end === null) {
    const cause =
      text.length < fileBytes
        ? `no end_header in the first ${formatBytes(text.length)}`
        : "no end_header: the file is cut off";
    throw fail(text.split(/\r\n|\n|\r/).length, `${cause}, or it is not a PLY file`);
  }
  const lines = text.slice(0, end.index).split(/\r\n|\n|\r/);
  const elements: (PlyElement & { properties: PlyProperty[]; line: number })[] = [];
  const textureFiles: string[] = [];
  let encoding: PlyHeader["encoding"] | undefined;
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const words = raw.trim().split(/\s+/);
    const [, first = "", second = ""] = words;
    switch (words[0]?.toLowerCase()) {
      case "comment": {
        const name = /^\s*comment\s+texturefile\s+(.*\S)/i.exec(raw)?.[1];
        if (name !== undefined) textureFiles.push(name);
        break;
      }
      case "format":
        encoding = encodingOf(first);
        if (encoding === undefined) {
          const known = "ascii, binary_little_endian or binary_big_endian";
          throw fail(line, `unknown encoding ${quote(first)}: ${known}`);
        }
        break;
      case "element": {
        const count = Number(second);
        if (!/^\d+$/.test(second) || !Number.isSafeInteger(count)) {
          throw fail(
            line,
            `the number of ${quote(first)} elements is ${quote(second)}, not a whole number below 2^53`,
          );
        }
        elements.push({ name: first.toLowerCase(), count, properties: [], line });
        break;
      }
      case "property": {
        const element = elements.at(-1);
        if (element === undefined) throw fail(line, "a property before the first element");
        const property = parseProperty(words);
        if (property === undefined) throw fail(line, `unknown property type in ${quote(raw)}`);
        element.properties.push(property);
      }
    }
  }
  if (encoding === undefined) throw fail(2, "no format line: the header is damaged");
  checkVertices(elements, fail);
  // If the other lines end with CR only, a line feed after end_header is the first byte of the data.
  const endsWithReturn = end[1] === "\r\n" && !text.slice(0, end.index).includes("\n");
  const bytes = end.index + end[0].length - (endsWithReturn ? 1 : 0);
  const header = { encoding, elements, textureFiles, bytes, lines: lines.length };
  checkFirstVertex(header, elements, fileBytes, fail);
  return header;
}

function encodingOf(word: string): PlyHeader["encoding"] | undefined {
  const name = word.toLowerCase();
  return name === "ascii" || name === "binary_little_endian" || name === "binary_big_endian"
    ? name
    : undefined;
}

function parseProperty(words: readonly string[]): PlyProperty | undefined {
  const list = words[1]?.toLowerCase() === "list";
  const type = TYPES.get((words[list ? 3 : 1] ?? "").toLowerCase());
  const countType = list ? TYPES.get((words[2] ?? "").toLowerCase()) : undefined;
  if (type === undefined || (list && countType === undefined)) return undefined;
  return { name: (words[list ? 4 : 2] ?? "").toLowerCase(), type, countType };
}

function checkVertices(
  elements: readonly (PlyElement & { line: number })[],
  fail: (line: number, reason: string) => LoadError,
): void {
  const vertex = elements.find((element) => element.name === "vertex");
  if (vertex === undefined) throw fail(1, "the header declares no vertex element: there is nothing to draw");
  const scalars = vertex.properties.filter(({ countType }) => countType === undefined);
  const names = new Set(scalars.map(({ name }) => name));
  if (names.has("packed_position")) {
    throw fail(
      vertex.line,
      "these are compressed Gaussian splats (PlayCanvas, SuperSplat), which are not supported; " +
        "export them as an uncompressed splat PLY",
    );
  }
  if (!POSITION_NAMES.some((group) => group.every((name) => names.has(name)))) {
    const missing = POSITION_NAMES[0].find((name) => !names.has(name)) ?? "x";
    throw fail(vertex.line, `vertices have no ${missing} coordinate`);
  }
  if (vertex.count === 0) throw fail(vertex.line, "the header declares 0 vertices: there is nothing to draw");
}

/** Minimum size of an element's row in bytes: in ASCII a digit and a separator per property. */
export function minRowBytes({ properties }: PlyElement, encoding: PlyHeader["encoding"]): number {
  if (encoding === "ascii") return 2 * properties.length;
  return properties.reduce((sum, { type, countType }) => sum + PLY_TYPE_BYTES[countType ?? type], 0);
}

function checkFirstVertex(
  { encoding, bytes }: PlyHeader,
  elements: readonly (PlyElement & { line: number })[],
  fileBytes: number,
  fail: (line: number, reason: string) => LoadError,
): void {
  const vertex = elements.find((element) => element.name === "vertex");
  // An ASCII file may lack its last separator.
  if (vertex === undefined || bytes + minRowBytes(vertex, encoding) <= fileBytes + 1) return;
  const reason = `the header declares ${vertex.count} vertices, but the file ends before the first: it is cut off`;
  throw fail(vertex.line, reason);
}

/** Names of the coordinate properties, in order of preference. */
export const POSITION_NAMES = [
  ["x", "y", "z"],
  ["px", "py", "pz"],
  ["posx", "posy", "posz"],
] as const;
