import { DataError } from "../formats/load-error.ts";
import { boundVertices, type VertexBounds } from "../native/mesh-kernels.ts";
import type { PrimitiveCounts } from "./primitive-counter.ts";
import type { MaskedStreamlines } from "./sample-volumes.ts";

export interface PreparedStreamlines extends MaskedStreamlines {
  /** Numbers of all streamlines that have a segment, in random order: any number of the first ones is a fair sample. */
  readonly order: Uint32Array;
  readonly bounds: VertexBounds;
  /** `lines` counts streamlines. */
  readonly counts: Readonly<PrimitiveCounts>;
}

const EMPTY_BOUNDS: VertexBounds = {
  min: [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY],
  max: [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY],
  invalid: 0,
  extremes: new Uint32Array(),
  outline: new Float32Array(),
};
const NO_COUNTS: PrimitiveCounts = { triangles: 0, points: 0, lines: 0 };

/**
 * Makes the random order of streamlines, and their bounds. The points stay where they are: each streamline is drawn by its number, which
 * costs as much as sorted points, since one has about a hundred points.
 *
 * @throws DataError if none of the coordinates is finite
 */
export function prepareStreamlines(data: MaskedStreamlines): PreparedStreamlines {
  const { offsets, positions } = data;
  const warnings = [...data.warnings];
  const order = shuffledLines(offsets);
  const short = Math.max(0, offsets.length - 1) - order.length;
  if (short > 0) warnings.push(`${short} streamlines have less than two points and are not drawn`);
  // A tractogram without streamlines is an empty layer, so that one of many files can be empty. Its reader adds a warning.
  if (order.length === 0) return { ...data, warnings, order, bounds: EMPTY_BOUNDS, counts: NO_COUNTS };
  const bounds = boundVertices(positions);
  if (bounds.outline.length === 0) {
    throw new DataError("none of its coordinates is a finite number: there is nothing to draw");
  }
  if (bounds.invalid > 0) {
    warnings.push(`${bounds.invalid} points have coordinates that are not finite numbers; lines end there`);
  }
  return { ...data, warnings, order, bounds, counts: { triangles: 0, points: 0, lines: order.length } };
}

/** The numbers of the streamlines with at least two points, shuffled; the same for the same file. */
function shuffledLines(offsets: Uint32Array): Uint32Array {
  const order = new Uint32Array(Math.max(0, offsets.length - 1));
  let count = 0;
  for (let line = 0; line + 1 < offsets.length; line += 1) {
    if ((offsets[line + 1] ?? 0) - (offsets[line] ?? 0) < 2) continue;
    order[count] = line;
    count += 1;
  }
  // Fisher-Yates with the generator of Numerical Recipes, whose high bits are random enough.
  let state = 1;
  for (let i = count - 1; i > 0; i -= 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 2 ** 32) * (i + 1));
    const line = order[i] ?? 0;
    order[i] = order[other] ?? 0;
    order[other] = line;
  }
  return count === order.length ? order : order.slice(0, count);
}
