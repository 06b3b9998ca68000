import type { Points } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { readRecords } from "../points/record-points.ts";
import { SPLAT_BYTES, SPLAT_LAYOUT } from "./splat-layout.ts";

/**
 * Reads a .splat file, which is records without a header.
 *
 * @see https://github.com/antimatter15/splat
 * @throws DataError
 */
export async function readSplat({ source }: ReadContext): Promise<Points> {
  const size = await source.size();
  const count = Math.floor(size / SPLAT_BYTES);
  const points = await readRecords(source, SPLAT_LAYOUT, count);
  points.warnings.push(
    "these are Gaussian splats: shown as colored points, without their shapes and opacities",
  );
  if (size % SPLAT_BYTES > 0)
    points.warnings.push(`the file ends within a splat: ${count} are shown; it is cut off or damaged`);
  return points;
}
