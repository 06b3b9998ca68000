import { Group } from "three";
import { DataError } from "../../formats/load-error.ts";
import type { Vec3 } from "../../geometry/coordinates.ts";
import type { VolumeStyle } from "../../layers/layer-properties.ts";
import type { PreparedVolume } from "../../loading/prepare-data.ts";
import type { Actor } from "../actor.ts";
import { parseSliceRequest } from "./slice-request.ts";
import { volumeColors } from "./volume-colors.ts";
import { VolumeSlices } from "./volume-slices.ts";
import { type Axis, VoxelGrid } from "./voxel-grid.ts";

/** What the volumes of a scene have in common. Each builder reads and updates it, in the order of the layers. */
export interface SharedSlices {
  /** Where the slices of all volumes are by default, world coordinates: the middle voxel of the first volume. */
  center?: Vec3;
  /** Whether a volume is translucent, so that later ones in the same planes are drawn after it. */
  isTranslucent: boolean;
}

/** @throws DataError if the volume is damaged, or the style does not fit it */
export function buildVolume(
  volume: PreparedVolume,
  style: VolumeStyle,
  shared: SharedSlices = { isTranslucent: false },
): Actor {
  const { dims, frames, frameSeconds, affine, values, components } = volume;
  if (values.length < dims[0] * dims[1] * dims[2] * components * frames)
    throw new DataError(`it has fewer values than its ${dims.join(" x ")} voxels need`);
  const grid = new VoxelGrid(dims, affine);
  const colors = volumeColors(volume, style);
  const { opacity = 1, interpolate = false } = style;
  shared.isTranslucent ||= colors.isTranslucent || opacity < 1;
  shared.center ??= grid.center.toArray();
  const { center } = shared;
  const request = parseSliceRequest(style.slice, grid);
  const positions = new Map<Axis, number>([...request].map(([axis, at]) => [axis, at ?? center[axis]]));
  const { isTranslucent } = shared;
  const slices = new VolumeSlices(volume, grid, colors, {
    positions,
    linear: interpolate,
    opacity,
    isTranslucent,
  });
  const object = new Group().add(slices);
  const seconds =
    frameSeconds === undefined ? undefined : Array.from({ length: frames }, (_, i) => i * frameSeconds);
  return {
    object,
    animations: [],
    legend: colors.legend,
    time:
      frames > 1
        ? {
            count: frames,
            seconds,
            async show(step) {
              slices.showStep(step);
            },
          }
        : undefined,
    warnings: warningsOf(volume),
  };
}

function warningsOf({ statistics, slope, intercept }: PreparedVolume): string[] {
  const { min, max, invalid } = statistics;
  const warnings: string[] = [];
  if (min > max) warnings.push("all of its voxels are NaN or infinite, and transparent");
  else {
    if (invalid > 0) warnings.push(`${invalid} of its values are NaN or infinite, and transparent`);
    if (min === max) warnings.push(`all of its voxels have the value ${min}`);
  }
  if (slope === 0) warnings.push(`its slope is 0: all values are ${intercept}`);
  return warnings;
}
