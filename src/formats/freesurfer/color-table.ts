import type { Label } from "../data-kinds.ts";

/** Maximum size of a color table, bytes: 10,000 entries are below 1 MB. */
export const MAX_TABLE_BYTES = 2 ** 24;

export interface TableEntry extends Label {
  /** Red, green and blue as one number, by which vertices refer to the entry. */
  readonly code: number;
}

/** Reads a color table of FreeSurfer, version 1 or 2. A table that is cut off has fewer entries, with a warning. */
export function readColorTable(bytes: Uint8Array, warnings: string[]): TableEntry[] {
  return new TableReader(bytes).read(warnings);
}

class TableReader {
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(warnings: string[]): TableEntry[] {
    const entries: TableEntry[] = [];
    try {
      const first = this.#int();
      const isVersion2 = first < 0;
      if (isVersion2) this.#int();
      // The name of the file from which the table was read.
      this.#text();
      const count = isVersion2 ? this.#int() : first;
      for (let i = 0; i < count; i += 1) entries.push(this.#entry(isVersion2 ? this.#int() : i));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      warnings.push(`its color table is cut off or damaged after ${entries.length} entries`);
    }
    return entries;
  }

  #entry(value: number): TableEntry {
    const name = this.#text();
    const [red, green, blue, transparency] = [this.#int(), this.#int(), this.#int(), this.#int()];
    const channel = (byte: number): number => Math.min(255, Math.max(0, byte)) / 255;
    return {
      value,
      name,
      color: [channel(red), channel(green), channel(blue), 1 - channel(transparency)],
      code: red + green * 2 ** 8 + blue * 2 ** 16,
    };
  }

  /** @throws RangeError at the end of the table */
  #int(): number {
    this.#offset += 4;
    return this.#view.getInt32(this.#offset - 4);
  }

  #text(): string {
    const length = this.#int();
    const start = this.#offset;
    if (length < 0 || start + length > this.#view.byteLength) throw new RangeError("beyond the end");
    this.#offset += length;
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + start, length);
    return new TextDecoder().decode(bytes).replace(/\0.*$/s, "");
  }
}
