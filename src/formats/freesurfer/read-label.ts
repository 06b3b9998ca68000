import { hemisphereOf } from "../brain-structure.ts";
import type { DataArray, Overlay } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError, quote } from "../load-error.ts";
import { overlayName } from "../overlay-name.ts";
import { textLines } from "../text-lines.ts";

/** sRGB and opacity of a label whose vertices have no different values. */
const LABEL_COLOR = [0.9, 0.3, 0.2, 1] as const;

/**
 * Reads a label of FreeSurfer: a list of vertices with a value each, such as a probability. If all values are equal, as in most labels, the
 * vertices have a color.
 *
 * @throws DataError
 */
export async function readLabel({ path, source }: ReadContext): Promise<Overlay> {
  const warnings: string[] = [];
  const vertices: number[] = [];
  const values: number[] = [];
  let declared: number | undefined;
  let line = 0;
  for await (const lines of textLines(source)) {
    for (const text of lines) {
      line += 1;
      if (text.startsWith("#") || text.trim() === "") continue;
      const [first = Number.NaN, , , , value = Number.NaN, ...others] = text.trim().split(/\s+/).map(Number);
      if (declared === undefined) {
        if (!Number.isInteger(first) || first < 0 || !Number.isNaN(value))
          throw new DataError(`line ${line}: ${quote(text)} is not the number of vertices`);
        declared = first;
        continue;
      }
      if (vertices.length === declared) break;
      if (first === -1)
        throw new DataError(
          "it is a label of a volume, whose points have no vertices (-1): it cannot be shown",
        );
      if (!(Number.isInteger(first) && first >= 0 && first < 2 ** 31) || others.length > 0)
        throw new DataError(`line ${line}: ${quote(text)} is not a vertex with x, y, z and a value`);
      vertices.push(first);
      values.push(value);
    }
  }
  if (vertices.length === 0) throw new DataError("it has no vertices");
  if (vertices.length < (declared ?? 0))
    warnings.push(`the file is cut off: ${vertices.length} of ${declared} vertices are shown`);
  return {
    kind: "overlay",
    of: "points",
    origin: [0, 0, 0],
    arrays: [labelArray(overlayName(path), values)],
    elements: Uint32Array.from(vertices),
    warnings,
  };
}

function labelArray(name: string, values: readonly number[]): DataArray {
  const common = { name, structure: hemisphereOf(name), components: 1 };
  const isConstant = values.every((value) => value === values[0] || Number.isNaN(value));
  if (!isConstant) return { ...common, values: Float32Array.from(values) };
  const labels = [{ value: 1, name: name.replace(/\.label$/, ""), color: LABEL_COLOR }];
  return { ...common, values: new Float32Array(values.length).fill(1), labels };
}
