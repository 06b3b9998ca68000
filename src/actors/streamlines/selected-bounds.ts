import type { PreparedStreamlines } from "../../loading/prepare-streamlines.ts";
import { boundVertices, type VertexBounds } from "../../native/mesh-kernels.ts";
import type { SelectedLines } from "./select-lines.ts";

/** Number of points that are copied at once. */
const CHUNK_POINTS = 1_000_000;

/** Maximum number of points for bounds of their own, which take 20 ms per million. */
const MAX_POINTS = 10_000_000;

/** Returns the bounds of the selected points; of all points if many are selected or no selected point is finite. */
export function boundsOfSelection(
  data: PreparedStreamlines,
  { order, visible }: SelectedLines,
): VertexBounds {
  const { positions, offsets, bounds } = data;
  if (order.length === data.order.length && visible === undefined) return bounds;
  let points = 0;
  for (const line of order) points += (offsets[line + 1] ?? 0) - (offsets[line] ?? 0);
  if (points > MAX_POINTS) return bounds;
  const outlines: Float32Array[] = [];
  const chunk = new Float32Array(3 * Math.min(points, CHUNK_POINTS));
  let length = 0;
  const flush = (): void => {
    // The extremes of all extremes are those of all points.
    outlines.push(boundVertices(chunk.subarray(0, length)).outline);
    length = 0;
  };
  for (const line of order) {
    for (let point = offsets[line] ?? 0; point < (offsets[line + 1] ?? 0); point += 1) {
      if (visible !== undefined && (((visible[point >> 5] ?? 0) >>> (point & 31)) & 1) === 0) continue;
      for (let at = 3 * point; at < 3 * point + 3; at += 1) {
        chunk[length] = positions[at] ?? 0;
        length += 1;
      }
      if (length === chunk.length) flush();
    }
  }
  if (length > 0) flush();
  const all = new Float32Array(outlines.reduce((sum, outline) => sum + outline.length, 0));
  let at = 0;
  for (const outline of outlines) {
    all.set(outline, at);
    at += outline.length;
  }
  return all.length > 0 ? boundVertices(all) : bounds;
}
