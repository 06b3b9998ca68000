import type { Points } from "../data-kinds.ts";
import { DETECTION_BYTES } from "../detection-bytes.ts";
import { FilePositions } from "../file-positions.ts";
import type { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { growingFloats } from "../growing-array.ts";
import { DataError, LoadError } from "../load-error.ts";
import { growingValues } from "../points/point-arrays.ts";
import { linearPointColors } from "../points/point-colors.ts";
import type { SampledFile } from "../sampled-file.ts";
import { type TextLayout, textLayout } from "./text-layout.ts";
import { type TextPointValues, TextRows } from "./text-rows.ts";

/** Maximum length of a line, bytes. */
const MAX_LINE = 2 ** 24;

/**
 * Reads points from rows of numbers. Rows without three finite coordinates are left out, with a warning.
 *
 * @throws LoadError
 */
export async function readTextPoints({ path, source }: ReadContext): Promise<Points> {
  await source.fillTo(DETECTION_BYTES);
  const head = source.window.subarray(0, DETECTION_BYTES);
  const layout = textLayout(head, source.isAtEnd && source.window.length <= DETECTION_BYTES);
  if (layout === undefined) throw new LoadError(path, "it has no rows of numbers", { format: "XYZ" });
  source.consume(layout.headerBytes);
  return readTextRows(source, layout);
}

/** Reads the rows after the header. @throws DataError */
export async function readTextRows(source: FileSource, layout: TextLayout): Promise<Points> {
  const values = emptyValues(layout);
  const rows = new TextRows(layout, values);
  for (;;) {
    const { window, isAtEnd } = source;
    const length = isAtEnd ? window.length : wholeLinesLength(window);
    if (length === 0 && window.length > MAX_LINE)
      throw new DataError(`line ${rows.line} is longer than 16 MB`);
    rows.parse(window.subarray(0, length), source.fraction);
    source.consume(length);
    if (isAtEnd) break;
    await source.fill();
  }
  if (rows.count === 0) throw new DataError("no row has three finite coordinates");
  const { positions, colors, arrays } = values;
  const array = positions.finish();
  return {
    kind: "points",
    origin: positions.origin,
    warnings: rows.warnings(),
    vertices: {
      positions: array,
      colors: colors && linearPointColors(colors.values),
      arrays: [...arrays].map(([i, { values }]) => ({
        name: layout.columns[i]?.name ?? "",
        components: 1,
        values,
      })),
    },
  };
}

/** Samples rows whose first three columns are x, y and z. */
export function sampleTextPoints(file: SampledFile): number[] {
  const head = file.head();
  const layout = textLayout(head, file.size <= head.length);
  const [x, y, z] = layout?.columns ?? [];
  if (layout === undefined || layout.decimalComma || x?.use !== "x" || y?.use !== "y" || z?.use !== "z") {
    return [];
  }
  const number = "([-+]?[\\d.]+(?:[eE][-+]?\\d+)?)";
  const between = layout.separator === undefined ? "[ \\t]+" : "[ \\t]*,[ \\t]*";
  return file.sampleLines(
    new RegExp(`^[ \\t]*${number}${between}${number}${between}${number}(?=[\\s,])`, "gm"),
  );
}

function emptyValues({ columns }: TextLayout): TextPointValues {
  const arrays = columns.flatMap(({ use, needsDoubles }, i) =>
    use === "array" ? [[i, growingValues(needsDoubles)] as const] : [],
  );
  return {
    positions: new FilePositions(0, true),
    colors: columns.some(({ use }) => use === "red") ? growingFloats() : undefined,
    arrays: new Map(arrays),
  };
}

/** Length up to the last line end: LF, or CR in files without LF. */
function wholeLinesLength(window: FileSource["window"]): number {
  const newline = window.lastIndexOf(10);
  if (newline >= 0) return newline + 1;
  // A CR at the end may be the first half of CR LF.
  return window.subarray(0, -1).lastIndexOf(13) + 1;
}
