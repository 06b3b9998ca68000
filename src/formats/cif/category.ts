/** A table of a CIF file, such as `_atom_site`: items are columns. */
export interface Category {
  readonly rowCount: number;
  /** Returns a value as text; undefined if it is unknown (?), inapplicable (.), or the item is absent. */
  text(item: string, row: number): string | undefined;
  /** Returns a value as a number; NaN if the value is unknown. A standard uncertainty in parentheses is ignored. */
  number(item: string, row: number): number;
  has(item: string): boolean;
}

/** Categories by name, without the underscore. */
export type Categories = ReadonlyMap<string, Category>;

/** The categories that are read; all others are skipped. */
export const CATEGORIES: ReadonlySet<string> = new Set([
  "atom_site",
  "cell",
  "chem_comp_atom",
  "chem_comp_bond",
  "pdbx_struct_assembly_gen",
  "pdbx_struct_oper_list",
  "struct_conf",
  "struct_conn",
  "struct_sheet_range",
]);

/** Columns of text. */
export class TextCategory implements Category {
  readonly #columns = new Map<string, number>();
  readonly #values: string[] = [];

  constructor(items: readonly string[]) {
    for (const [i, item] of items.entries()) this.#columns.set(item, i);
  }

  get rowCount(): number {
    return this.#columns.size === 0 ? 0 : Math.floor(this.#values.length / this.#columns.size);
  }

  /** Appends a value, row by row. Unknown and inapplicable values are "". */
  push(value: string): void {
    this.#values.push(value);
  }

  /** Adds an item with one value to a table of one row, which is not written as a loop. */
  addItem(item: string, value: string): void {
    if (this.#columns.has(item)) return;
    this.#columns.set(item, this.#columns.size);
    this.#values.push(value);
  }

  text(item: string, row: number): string | undefined {
    const column = this.#columns.get(item);
    if (column === undefined) return undefined;
    return this.#values[row * this.#columns.size + column] || undefined;
  }

  number(item: string, row: number): number {
    const text = this.text(item, row);
    return text === undefined ? Number.NaN : Number(text.replace(/\(\d+\)$/, ""));
  }

  has(item: string): boolean {
    return this.#columns.has(item);
  }
}
