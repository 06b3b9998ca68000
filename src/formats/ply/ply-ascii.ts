import { LoadError, quote } from "../load-error.ts";
import { NumberScanner } from "../number-scanner.ts";
import { addRows, PlyLists, type PlyTable } from "./ply-columns.ts";
import type { PlyHeader } from "./ply-header.ts";

/**
 * Reads the rows of an ASCII PLY file into the tables, up to the end of the file. A row can span several lines. Extra
 * words on its last line are skipped, unless several rows share a line.
 *
 * @param bytes the text after the header
 * @param tables one per element of the header, in the same order
 * @returns the byte offset after the last row
 * @throws LoadError for a word that is not a number
 */
export function readAsciiRows(
  path: string,
  bytes: Uint8Array,
  header: PlyHeader,
  tables: readonly PlyTable[],
): number {
  const text = new NumberScanner(bytes, 0, header.lines + 1);
  let end = 0;
  for (const table of tables) {
    const { properties, count } = table.element;
    if (properties.length === 0) {
      table.rows = count;
      continue;
    }
    let sharesLine = false;
    for (let row = 0; row < table.capacity; row += 1) {
      const words = readRow(path, text, table, row);
      if (words === undefined) {
        dropRow(table, row);
        return end;
      }
      addRows(table, 1);
      if (row === 0)
        sharesLine = text.wordsOnLine(words) === words && text.linesLeft(count) - 1 < (count - 1) / 2;
      if (!sharesLine) text.skipLine();
      end = text.offset;
    }
    if (table.rows < count) break;
  }
  return end;
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

function dropRow(table: PlyTable, row: number): void {
  for (const target of table.targets) if (target instanceof PlyLists) target.dropRow(row);
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
