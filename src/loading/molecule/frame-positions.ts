import type { Molecule } from "../../formats/data-kinds.ts";
import { readFrame } from "../../formats/trajectory/read-frame.ts";

/** Number of time steps of a molecule: frames of its trajectories, or its models. */
export function stepCount({ trajectories, models }: Molecule): number {
  return trajectories?.reduce((sum, { frames }) => sum + frames.length, 0) ?? models.length + 1;
}

/**
 * The positions of a time step, relative to the origin of the molecule. Frames of a trajectory are read from its file.
 *
 * @throws LoadError if the file cannot be read, or the frame is damaged
 */
export async function framePositions(molecule: Molecule, step: number): Promise<Float32Array> {
  const { trajectories, models, positions, origin } = molecule;
  if (trajectories === undefined) return step === 0 ? positions : (models[step - 1] ?? positions);
  let frame = step;
  for (const trajectory of trajectories) {
    if (frame < trajectory.frames.length) {
      const read = await readFrame(trajectory, frame);
      return read.map((value, i) => value - (origin[i % 3] ?? 0));
    }
    frame -= trajectory.frames.length;
  }
  return positions;
}
