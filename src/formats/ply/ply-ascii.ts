import { parseRows, type TextProperty } from "../../native/parse-text.ts";
import type { FileSource } from "../file-source.ts";
import { LoadError, quote } from "../load-error.ts";
import { NumberScanner, wholeLines } from "../number-scanner.ts";
import { addRows, PlyLists, type PlyTable, rowLimit } from "./ply-columns.ts";
import type { PlyHeader } from "./ply-header.ts";

/** Maximum number of rows that are parsed in TypeScript before native code is tried again. */
const MAX_FALLBACK_ROWS = 64;

/**
 * Reads the rows of an ASCII PLY file into the tables, up to the end of the file. A row can span several lines. Extra
 * words on its last line are skipped, unless several rows share a line. Native code parses rows of one line.
 *
 * @param tables one per element of the header, in the same order
 * @throws LoadError for a word that is not a number
 */
export async function readAsciiRows(
  path: string,
  source: FileSource,
  header: PlyHeader,
  tables: readonly PlyTable[],
): Promise<void> {
  let line = header.lines + 1;
  for (const table of tables) {
    if (table.element.properties.length === 0) {
      table.rows = table.element.count;
      continue;
    }
    const rows = new AsciiRows(path, table);
    while (table.rows < table.capacity) {
      const { window, isAtEnd } = source;
      const text = new NumberScanner(isAtEnd ? window : wholeLines(window), 0, line);
      rows.parse(text, isAtEnd);
      line = text.line;
      source.consume(text.offset);
      if (isAtEnd || table.rows === table.capacity) break;
      await source.fill();
    }
    if (table.rows < table.element.count) break;
  }
}

/** The rows of one table. */
class AsciiRows {
  readonly #path: string;
  readonly #table: PlyTable;
  /** Whether several rows share a line; undefined before the first row. */
  #sharesLine: boolean | undefined;
  /** Whether native code can parse the properties. */
  readonly #isPlain: boolean;

  constructor(path: string, table: PlyTable) {
    this.#path = path;
    this.#table = table;
    const lists = table.element.properties.flatMap(({ countType }, i) =>
      countType === undefined ? [] : [table.targets[i]],
    );
    const [list] = lists;
    this.#isPlain = lists.length === 0 || (lists.length === 1 && list instanceof PlyLists && list.areIndices);
  }

  /**
   * Parses the complete rows.
   *
   * @param text whole lines, or the rest of the file
   */
  parse(text: NumberScanner, isLast: boolean): void {
    const table = this.#table;
    // Number of rows to parse before native code is tried again: doubles each time native code parses no row.
    let fallbackRows = 1;
    this.#sharesLine ??= this.#findSharing(text, isLast);
    if (this.#sharesLine === undefined) return;
    while (table.rows < table.capacity) {
      if (this.#isPlain && !this.#sharesLine) {
        const rows = this.#parsePlainRows(text);
        fallbackRows = rows > 0 ? 1 : Math.min(MAX_FALLBACK_ROWS, 2 * fallbackRows);
      }
      for (let i = 0; i < fallbackRows && table.rows < rowLimit(table); i += 1) {
        const { offset, line } = text;
        if (this.#parseRow(text)) continue;
        text.reset(offset, line);
        return;
      }
    }
  }

  /** Parses rows by native code. @returns the number of rows */
  #parsePlainRows(text: NumberScanner): number {
    const table = this.#table;
    const { properties } = table.element;
    const limit = rowLimit(table) - table.rows;
    const list = table.targets.find((target) => target instanceof PlyLists);
    // The list of a triangle has four numbers: its length and three indices.
    const numbers = properties.length + (list === undefined ? 0 : 3);
    const rows = Math.min(limit, Math.ceil(text.rest.length / (2 * numbers)));
    const parse = (to: Uint32Array | undefined, max: Uint32Array): number => {
      const destinations = table.targets.map((target): TextProperty => {
        if (target === undefined) return { start: 0, stride: 1, origin: 0 };
        if (target instanceof PlyLists) return { ...(to && { to }), start: 0, stride: 3, origin: 0 };
        const { array, stride, offset, origin } = target;
        return { to: array, start: table.rows * stride + offset, stride, origin };
      });
      const parsed = parseRows(text.rest, rows, destinations, max);
      text.reset(text.offset + parsed.bytes, text.line + parsed.lines);
      return parsed.count;
    };
    const parsed =
      list instanceof PlyLists
        ? list.areTriangles
          ? list.appendTriangles(rows, false, parse)
          : 0
        : parse(undefined, new Uint32Array(1));
    addRows(table, parsed);
    return parsed;
  }

  /** Returns whether several rows share a line; undefined if the text is too short to decide. */
  #findSharing(text: NumberScanner, isLast: boolean): boolean | undefined {
    const table = this.#table;
    const { count } = table.element;
    const { offset, line } = text;
    const words = readRow(this.#path, text, table, 0);
    const isWide = words !== undefined && text.wordsOnLine(words) === words;
    const hasFewLines = text.linesLeft(count) - 1 < (count - 1) / 2;
    text.reset(offset, line);
    dropRow(table);
    // Undecided before the end of the file, since more lines can follow.
    return (words === undefined || (isWide && hasFewLines)) && !isLast ? undefined : isWide && hasFewLines;
  }

  /** @returns false if the text ends inside the row */
  #parseRow(text: NumberScanner): boolean {
    const table = this.#table;
    if (readRow(this.#path, text, table, table.rows) === undefined) {
      dropRow(table);
      return false;
    }
    addRows(table, 1);
    if (this.#sharesLine === false) text.skipLine();
    return true;
  }
}

function dropRow({ targets, rows }: PlyTable): void {
  for (const target of targets) if (target instanceof PlyLists) target.dropRow(rows);
}

/** @returns the number of words in the row; undefined if the file ends inside it */
function readRow(path: string, text: NumberScanner, table: PlyTable, row: number): number | undefined {
  const { properties } = table.element;
  let words = 0;
  for (let p = 0; p < properties.length; p += 1) {
    const target = table.targets[p];
    const list = properties[p]?.countType !== undefined;
    const length = list ? readLength(path, text) : 1;
    if (length === undefined || length > table.maxBytes / 2) return undefined;
    for (let i = 0; i < length; i += 1) {
      const value = readNumber(path, text);
      if (value === undefined) return undefined;
      if (target instanceof PlyLists) target.push(value);
      else if (target !== undefined)
        target.array[row * target.stride + target.offset] = value - target.origin;
    }
    if (target instanceof PlyLists) target.endRow(row);
    words += length + (list ? 1 : 0);
  }
  return words;
}

function readLength(path: string, text: NumberScanner): number | undefined {
  const length = readNumber(path, text);
  if (length === undefined || (length >= 0 && Number.isInteger(length))) return length;
  const description = Number.isFinite(length) ? `${length}` : "a value that is not finite";
  throw new LoadError(path, `${description} is not a valid list length`, {
    format: "PLY",
    position: { line: text.line },
  });
}

/** @returns undefined at the end of the file */
function readNumber(path: string, text: NumberScanner): number | undefined {
  if (!text.findWord()) return undefined;
  const value = text.number();
  if (value !== undefined) return value;
  if (text.touchesEnd()) return undefined;
  throw new LoadError(path, `${quote(text.word())} is not a number`, {
    format: "PLY",
    position: { line: text.line },
  });
}
