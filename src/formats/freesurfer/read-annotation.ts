import { hemisphereOf } from "../brain-structure.ts";
import type { NumericArray, Overlay } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { overlayName } from "../overlay-name.ts";
import { readBigEndian } from "./big-endian.ts";
import { MAX_TABLE_BYTES, readColorTable, type TableEntry } from "./color-table.ts";

/** Value of vertices whose color is not in the table. */
const UNKNOWN = -1;

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
  const labels = hasTable === 1 ? readColorTable(source.window, warnings) : [];
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
