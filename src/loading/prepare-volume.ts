import type { Volume } from "../formats/data-kinds.ts";
import { DataError } from "../formats/load-error.ts";
import type { LayerStyle } from "../layers/layer.ts";
import type { VolumeStyle } from "../layers/layer-properties.ts";
import { type BrickData, makeBricks } from "../native/volume-bricks.ts";
import type { PreparedVolume } from "./prepare-data.ts";
import { scaleVolume } from "./volume-scale.ts";
import { type VolumeStatistics, volumeStatistics } from "./volume-statistics.ts";

/** What is computed of a volume before it is shown. */
export interface VolumeParts {
  readonly statistics: VolumeStatistics;
  /** For ray casting, of the first time step. */
  readonly bricks?: BrickData | undefined;
}

/** @throws DataError if the volume has too few values, or does not have what the style requests */
export function prepareVolume(volume: Volume, layerStyle: LayerStyle): PreparedVolume {
  const style = layerStyle as VolumeStyle;
  const { dims, frames, components, values } = volume;
  if (values.length < dims[0] * dims[1] * dims[2] * components * frames)
    throw new DataError(`it has fewer values than its ${dims.join(" x ")} voxels need`);
  const measured = { ...volume, statistics: volumeStatistics(volume) };
  const counts = { triangles: 0, points: 0, lines: 0 };
  return { ...measured, bricks: isCast(style) ? bricksOf(measured, style) : undefined, counts };
}

/** Whether a style needs ray casting. */
function isCast({ mip = false, volume = false }: VolumeStyle): boolean {
  return mip || volume;
}

/** Makes the bricks of a time step, in the memory of those of another one if given. */
export function bricksOf(
  volume: Volume & Pick<VolumeParts, "statistics">,
  style: VolumeStyle,
  step = 0,
  reused?: BrickData,
): BrickData {
  const { dims, components, values } = volume;
  if (components > 1)
    throw new DataError(
      "a volume of colors or vectors can be shown only as slices, without --mip and --volume",
    );
  const first = step * dims[0] * dims[1] * dims[2];
  return makeBricks({ values, first, dims, components }, scaleVolume(volume, style), reused);
}
