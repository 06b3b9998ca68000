import type { Trajectory } from "../data-kinds.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { checkTrajectorySource } from "../trajectory/check-source.ts";
import { dcdFrameBytes } from "./dcd-frame.ts";
import { readDcdHeader } from "./dcd-header.ts";

/**
 * Finds the frames of a DCD file, without their positions: all after the first have the same size.
 *
 * @throws DataError
 */
export async function readDcd({ path, source }: ReadContext): Promise<Trajectory> {
  checkTrajectorySource(source);
  const warnings: string[] = [];
  const { declared, atoms, start, littleEndian, markerBytes, hasCell, hasFourthAxis, free } =
    await readDcdHeader(source);
  const layout = { format: "dcd", littleEndian, markerBytes, hasCell, hasFourthAxis, free } as const;
  const firstBytes = dcdFrameBytes(layout, atoms);
  const frameBytes = dcdFrameBytes(layout, free?.length ?? atoms);
  const rest = source.maxBytes - start - firstBytes;
  if (rest < 0) throw new DataError(`it is cut off in its first frame of ${atoms} atoms`);
  const count = 1 + Math.floor(rest / frameBytes);
  if (rest % frameBytes !== 0 || count < declared) {
    const of = declared > count ? ` of ${declared}` : "";
    warnings.push(`the file is cut off: ${count}${of} frames are shown`);
  }
  const frames = Float64Array.from({ length: count }, (_, i) =>
    i === 0 ? start : start + firstBytes + (i - 1) * frameBytes,
  );
  return { kind: "trajectory", origin: [0, 0, 0], path, atoms, frames, layout, warnings };
}
