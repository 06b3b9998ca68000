import type { Trajectory } from "../data-kinds.ts";
import { readDcdFrame } from "../dcd/dcd-frame.ts";
import { FileSource } from "../file-source.ts";
import { DataError, LoadError } from "../load-error.ts";
import { readXtcFrame } from "../xtc/xtc-frame.ts";

/** Largest plausible position, Å: the simulation has failed, or the frame is damaged. */
const MAX_POSITION = 1e7;

/**
 * Reads the positions of a frame: x, y, z of each atom, Å.
 *
 * @throws LoadError
 */
export async function readFrame(trajectory: Trajectory, frame: number): Promise<Float32Array> {
  const { path, layout, atoms, frames } = trajectory;
  const offset = frames[frame] ?? 0;
  try {
    await using source = await FileSource.open(path);
    const positions =
      layout.format === "xtc"
        ? await readXtcFrame(source, atoms, offset)
        : await readDcdFrame(source, layout, atoms, offset, frames[0] ?? 0);
    const invalid = positions.findIndex((value) => !(Math.abs(value) <= MAX_POSITION));
    if (invalid < 0) return positions;
    throw new DataError(`atom ${Math.floor(invalid / 3)} has no valid position (counted from 0)`);
  } catch (error) {
    if (error instanceof DataError)
      throw new LoadError(path, `frame ${frame}: ${error.message}`, { cause: error });
    throw error;
  }
}
