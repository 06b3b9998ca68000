import type { Molecule } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { textLines } from "../text-lines.ts";
import { CATEGORIES, type Categories, TextCategory } from "./category.ts";
import { moleculeOf } from "./molecule-of.ts";

/**
 * Reads the first data block with atoms of an mmCIF or CIF file (STAR syntax, https://www.iucr.org/resources/cif/spec/version1.1).
 *
 * @throws DataError if there are no atoms
 */
export async function readCif({ source }: ReadContext): Promise<Molecule> {
  const parser = new CifParser();
  reading: for await (const lines of textLines(source)) {
    for (const line of lines) {
      parser.read(line);
      if (parser.isDone) break reading;
    }
  }
  return moleculeOf(parser.finish());
}

/** Parses a data block line by line. */
class CifParser {
  /** Whether a data block with atoms has ended. */
  isDone = false;
  #categories = new Map<string, TextCategory>();
  /** Items of a loop until its first value. */
  #loopItems: string[] | undefined;
  /** Category of the loop whose values are read; null: one that is skipped. */
  #loop: TextCategory | null | undefined;
  /** Item of a single value. */
  #item: string | undefined;
  /** Lines of a text field between semicolons. */
  #text: string[] | undefined;

  read(line: string): void {
    if (this.#text !== undefined) {
      if (line.startsWith(";")) {
        this.#value(this.#text.join("\n"));
        this.#text = undefined;
        this.#tokens(line.slice(1));
      } else this.#text.push(line);
    } else if (line.startsWith(";")) this.#text = [line.slice(1)];
    else this.#tokens(line);
  }

  finish(): Categories {
    return this.#categories;
  }

  #tokens(line: string): void {
    // Most lines are rows of atoms, without quotes and comments.
    if (!/['"#]/.test(line)) {
      for (const word of line.trim().split(/\s+/)) if (word !== "") this.#word(word);
      return;
    }
    for (const [, quoted1, quoted2, comment, word] of line.matchAll(
      /'(.*?)'(?=\s|$)|"(.*?)"(?=\s|$)|(#.*)|(\S+)/g,
    )) {
      if (word !== undefined) this.#word(word);
      else if (comment === undefined) this.#value(quoted1 ?? quoted2 ?? "");
    }
  }

  #word(word: string): void {
    if (word.startsWith("_")) this.#name(word.slice(1).toLowerCase());
    else if (/^loop_$/i.test(word)) {
      this.#loopItems = [];
      this.#loop = undefined;
    } else if (/^(data|save)_/i.test(word)) this.#beginBlock();
    else this.#value(word === "?" || word === "." ? "" : word);
  }

  #beginBlock(): void {
    if ((this.#categories.get("atom_site")?.rowCount ?? 0) > 0) {
      this.isDone = true;
      return;
    }
    this.#categories = new Map();
    this.#loopItems = undefined;
    this.#loop = undefined;
  }

  #name(name: string): void {
    if (this.#loopItems !== undefined && this.#loop === undefined) {
      this.#loopItems.push(name);
      return;
    }
    this.#loopItems = undefined;
    this.#loop = undefined;
    this.#item = name;
  }

  #value(value: string): void {
    if (this.#loopItems !== undefined) {
      this.#loop ??= this.#beginLoop(this.#loopItems);
      if (this.#loop !== null) this.#loop.push(value);
      return;
    }
    if (this.#item === undefined) return;
    const [category, item] = splitName(this.#item);
    this.#item = undefined;
    if (!CATEGORIES.has(category)) return;
    let table = this.#categories.get(category);
    if (table === undefined) {
      table = new TextCategory([]);
      this.#categories.set(category, table);
    }
    table.addItem(item, value);
  }

  #beginLoop(names: readonly string[]): TextCategory | null {
    const split = names.map(splitName);
    const [category = ""] = split[0] ?? [];
    if (!CATEGORIES.has(category)) return null;
    const table = new TextCategory(split.map(([, item]) => item));
    this.#categories.set(category, table);
    return table;
  }
}

/** Splits `atom_site.label` (mmCIF) or `atom_site_label` (CIF) at the end of the category. */
function splitName(name: string): [category: string, item: string] {
  const dot = name.indexOf(".");
  if (dot >= 0) return [name.slice(0, dot), name.slice(dot + 1)];
  const category = ["atom_site", "cell"].find((prefix) => name.startsWith(`${prefix}_`));
  // The names of categories like atom_site_aniso begin in the same way, but have other items.
  if (category === undefined || /^atom_site_aniso/.test(name)) return [name, ""];
  return [category, name.slice(category.length + 1)];
}
