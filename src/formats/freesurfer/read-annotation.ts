import { hemisphereOf } from "../brain-structure.ts";
import type { Label, NumericArray, Overlay } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { overlayName } from "../overlay-name.ts";
import { readBigEndian } from "./big-endian.ts";

/** Maximum size of a color table, bytes: 10,000 entries are below 1 MB. */
const MAX_TABLE_BYTES = 2 ** 24;

/** Value of vertices whose color is not in the table. */
const UNKNOWN = -1;

interface TableEntry extends Label {
  /** Red, green and blue as one number, by which vertices refer to the entry. */
  readonly code: number;
}

/**
 * Reads an annotation of FreeSurfer: a label for each vertex. The values are the indices of the color table; -1 is no label.
 *
 * @throws DataError
 */
export async function readAnnotation({ path, source }: ReadContext): Promise<Overlay> {
  const warnings: string[] = [];
  const [vertices = 0] = await readBigEndian(source, "int32", 1);
  const pairs = await readBigEndian(source, "int32", 2 * vertices);
  if (vertices < 1 || pairs.length < 2 * vertices) {
    throw new DataError(
      `the file is cut off or damaged: it has ${Math.floor(pairs.length / 2)} of ${vertices} labels`,
    );
  }
  const [hasTable] = await readBigEndian(source, "int32", 1);
  await source.fillTo(MAX_TABLE_BYTES);
  const labels = hasTable === 1 ? new TableReader(source.window).read(warnings) : [];
  if (hasTable !== 1) warnings.push("it has no color table: its labels are shown as numbers");
  const values = vertexValues(pairs, vertices, labels);
  const name = overlayName(path);
  const array = {
    name,
    structure: hemisphereOf(name),
    components: 1,
    values,
    ...(labels.length > 0 && { labels }),
  };
  return { kind: "overlay", of: "points", origin: [0, 0, 0], arrays: [array], warnings };
}

/** @param pairs of a vertex and its code */
function vertexValues(pairs: NumericArray, vertices: number, labels: readonly TableEntry[]): Int32Array {
  const values = new Int32Array(vertices).fill(UNKNOWN);
  const byCode = new Map(labels.map(({ code, value }) => [code, value]));
  for (let i = 0; i < pairs.length; i += 2) {
    const vertex = pairs[i] ?? 0;
    const code = pairs[i + 1] ?? 0;
    if (vertex >= 0 && vertex < vertices) {
      values[vertex] = labels.length === 0 ? code : (byCode.get(code) ?? UNKNOWN);
    }
  }
  return values;
}

/** Reads a color table, version 1 or 2. */
class TableReader {
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A table that is cut off has fewer entries, with a warning. */
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
