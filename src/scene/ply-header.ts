import { formatBytes, LoadError, quote } from "./load-error.ts";

export interface PlyProperty {
  readonly name: string;
  /** Bytes of one value in the binary encodings. */
  readonly itemBytes: number;
  /** Bytes of a list's length word; 0 when the property is no list. */
  readonly countBytes: number;
}

export interface PlyElement {
  readonly name: string;
  readonly count: number;
  readonly properties: readonly PlyProperty[];
}

export interface PlyHeader {
  readonly encoding: "ascii" | "binary_little_endian" | "binary_big_endian";
  readonly elements: readonly PlyElement[];
  /** Bytes of the header, with the end of line after `end_header`. */
  readonly bytes: number;
}

const TYPE_BYTES: Readonly<Record<string, number>> = {
  char: 1,
  uchar: 1,
  int8: 1,
  uint8: 1,
  short: 2,
  ushort: 2,
  int16: 2,
  uint16: 2,
  int: 4,
  uint: 4,
  int32: 4,
  uint32: 4,
  float: 4,
  float32: 4,
  double: 8,
  float64: 8,
};

/**
 * Reads a PLY header and holds it against the file's size, so that no declared count is ever believed before the
 * bytes for it are known to be there.
 *
 * @param head the start of the file; the header must end in it
 * @throws LoadError with the line that is wrong
 */
export function parsePlyHeader(file: string, head: Uint8Array, fileBytes: number): PlyHeader {
  const fail = (line: number, reason: string): LoadError =>
    new LoadError(file, reason, { format: "PLY", position: { line } });
  const text = new TextDecoder("latin1").decode(head);
  const end = /^end_header[ \t]*(\r\n|\n|\r)/m.exec(text);
  if (end === null) {
    const lines = text.split(/\r\n|\n|\r/).length;
    const cause =
      head.byteLength < fileBytes
        ? `no end_header in the first ${formatBytes(head.byteLength)}`
        : "no end_header: the file is cut off";
    throw fail(lines, `${cause}, or it is not a PLY file`);
  }
  const lines = text.slice(0, end.index).split(/\r\n|\n|\r/);
  const elements: { name: string; count: number; properties: PlyProperty[]; line: number }[] = [];
  let encoding: PlyHeader["encoding"] | undefined;
  for (const [index, raw] of lines.entries()) {
    const line = index + 1;
    const words = raw.trim().split(/\s+/);
    const [keyword, first = "", second = ""] = words;
    if (keyword === "format") {
      if (first !== "ascii" && first !== "binary_little_endian" && first !== "binary_big_endian") {
        throw fail(
          line,
          `unknown encoding ${quote(first)}: ascii, binary_little_endian or binary_big_endian`,
        );
      }
      encoding = first;
    } else if (keyword === "element") {
      const count = Number(second);
      if (!/^\d+$/.test(second) || !Number.isSafeInteger(count)) {
        throw fail(line, `the number of ${quote(first)} elements is ${quote(second)}, not a whole number`);
      }
      elements.push({ name: first, count, properties: [], line });
    } else if (keyword === "property") {
      const element = elements.at(-1);
      if (element === undefined) throw fail(line, "a property before the first element");
      const list = first === "list";
      const itemBytes = TYPE_BYTES[list ? (words[3] ?? "") : first];
      const countBytes = list ? TYPE_BYTES[second] : 0;
      if (itemBytes === undefined || countBytes === undefined) {
        throw fail(line, `unknown property type in ${quote(raw)}`);
      }
      element.properties.push({ name: words[list ? 4 : 2] ?? "", itemBytes, countBytes });
    }
  }
  if (encoding === undefined) throw fail(2, "no format line: the header is damaged");

  const header: PlyHeader = { encoding, elements, bytes: end.index + end[0].length };
  checkDeclaredSizes(header, elements, fileBytes, fail);
  return header;
}

function checkDeclaredSizes(
  header: PlyHeader,
  elements: readonly (PlyElement & { line: number })[],
  fileBytes: number,
  fail: (line: number, reason: string) => LoadError,
): void {
  const vertex = elements.find((element) => element.name === "vertex");
  if (vertex === undefined) throw fail(1, "the header declares no vertex element: there is nothing to draw");
  for (const axis of ["x", "y", "z"]) {
    const alternatives = [axis, `p${axis}`, `pos${axis}`];
    if (!vertex.properties.some((property) => alternatives.includes(property.name))) {
      throw fail(vertex.line, `vertices have no ${axis} coordinate`);
    }
  }
  if (vertex.count === 0) throw fail(vertex.line, "the header declares 0 vertices: there is nothing to draw");
  let needed = header.bytes;
  for (const element of elements) {
    const each =
      header.encoding === "ascii"
        ? element.properties.length * 2 // a digit and a separator
        : element.properties.reduce((sum, property) => sum + leastBytes(element.name, property), 0);
    needed += element.count * each;
    if (element.count > 0 && element.properties.length === 0) {
      throw fail(element.line, `element ${quote(element.name)} has no properties`);
    }
    // The last separator of an ASCII file may be missing.
    if (needed > fileBytes + (header.encoding === "ascii" ? 1 : 0)) {
      throw fail(
        element.line,
        `declares ${element.count} ${printableName(element.name)}, which take at least ${formatBytes(needed)}, but the file has ` +
          `${formatBytes(fileBytes)}: it is cut off, or its header is damaged`,
      );
    }
  }
}

/** A list may be empty, but a face has three corners. */
function leastBytes(element: string, { countBytes, itemBytes }: PlyProperty): number {
  if (countBytes === 0) return itemBytes;
  return element === "face" ? countBytes + 3 * itemBytes : countBytes;
}

function printableName(name: string): string {
  if (name === "vertex") return "vertices";
  return name === "face" ? "faces" : `${quote(name)} elements`;
}
