import type { Molecule } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { decodeColumn, isMap } from "./bcif-column.ts";
import { CATEGORIES, type Categories, type Category } from "./category.ts";
import { decodeMessagePack, type MessagePackValue } from "./message-pack.ts";
import { moleculeOf } from "./molecule-of.ts";

/** Value of a column's mask for values that exist. */
const PRESENT = 0;

/**
 * Reads the first data block with atoms of a BinaryCIF file (https://github.com/molstar/BinaryCIF).
 *
 * @throws DataError if it is damaged or has no atoms
 */
export async function readBcif({ source }: ReadContext): Promise<Molecule> {
  while (!source.isAtEnd) await source.fill();
  const file = decodeMessagePack(source.window);
  const blocks = isMap(file) ? file.get("dataBlocks") : undefined;
  if (!Array.isArray(blocks)) throw new DataError("it has no data blocks");
  const categories = blocks.map(categoriesOf);
  return moleculeOf(categories.find((block) => (block.get("atom_site")?.rowCount ?? 0) > 0) ?? new Map());
}

function categoriesOf(block: MessagePackValue): Categories {
  const found = new Map<string, Category>();
  const categories = isMap(block) ? block.get("categories") : undefined;
  for (const category of Array.isArray(categories) ? categories : []) {
    if (!isMap(category)) continue;
    const name = String(category.get("name")).replace(/^_/, "").toLowerCase();
    const columns = category.get("columns");
    const rowCount = category.get("rowCount");
    if (!CATEGORIES.has(name) || !Array.isArray(columns) || typeof rowCount !== "number") continue;
    found.set(name, new BinaryCategory(rowCount, columns));
  }
  return found;
}

interface Column {
  readonly values: ArrayLike<number> | readonly string[];
  readonly mask: ArrayLike<number> | undefined;
}

class BinaryCategory implements Category {
  readonly rowCount: number;
  readonly #encoded = new Map<string, ReadonlyMap<string, MessagePackValue>>();
  readonly #columns = new Map<string, Column>();

  constructor(rowCount: number, columns: readonly MessagePackValue[]) {
    for (const column of columns) {
      if (isMap(column)) this.#encoded.set(String(column.get("name")).toLowerCase(), column);
    }
    const lengths = [...this.#encoded.keys()].map((name) => this.#column(name)?.values.length ?? 0);
    // A column that is cut off cannot be longer than it is.
    this.rowCount = Math.min(rowCount, ...lengths);
  }

  text(item: string, row: number): string | undefined {
    const column = this.#column(item);
    if (column === undefined || (column.mask?.[row] ?? PRESENT) !== PRESENT) return undefined;
    const value = column.values[row];
    return value === undefined || value === "" ? undefined : String(value);
  }

  number(item: string, row: number): number {
    const text = this.text(item, row);
    return text === undefined ? Number.NaN : Number(text);
  }

  has(item: string): boolean {
    return this.#encoded.has(item);
  }

  #column(item: string): Column | undefined {
    const encoded = this.#encoded.get(item);
    let column = this.#columns.get(item);
    if (column === undefined && encoded !== undefined) {
      const mask = encoded.get("mask");
      const decodedMask = isMap(mask) ? decodeColumn(mask) : undefined;
      column = {
        values: decodeColumn(encoded.get("data")),
        mask: decodedMask as ArrayLike<number> | undefined,
      };
      this.#columns.set(item, column);
    }
    return column;
  }
}
