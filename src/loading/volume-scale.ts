import type { Volume } from "../formats/data-kinds.ts";
import { DataError } from "../formats/load-error.ts";
import type { VolumeStyle } from "../layers/layer-properties.ts";
import type { VolumeStatistics } from "./volume-statistics.ts";

/** No limit of a threshold. */
const UNLIMITED = 1e38;

/** How the values of a volume of one component are scaled to its range: 0 is the first color, 1 the last one. */
export interface VolumeScale {
  /** A scaled value is `scale * stored + offset`. */
  readonly scale: number;
  readonly offset: number;
  /** Values of the first and the last color. */
  readonly range: readonly [low: number, high: number];
  /** Scaled values to show. */
  readonly threshold: readonly [low: number, high: number];
  /** Scales a value. */
  readonly unit: (value: number) => number;
}

/** @throws DataError for an invalid window */
export function scaleVolume(
  volume: Volume & { statistics: VolumeStatistics },
  style: VolumeStyle,
): VolumeScale {
  const [low, high] = valueRange(volume, style);
  const unit = (value: number): number => (value - low) / (high - low);
  const { color, negativeColormap, threshold } = style;
  // A mask in one color is transparent where it is 0, and so are values below the range if negative ones have colors of their own.
  const lowest = color !== undefined ? unit(0) + 1e-6 : negativeColormap !== undefined ? 0 : -UNLIMITED;
  const [from = lowest, to = UNLIMITED] = threshold?.map(unit) ?? [];
  const { slope, intercept } = volume;
  return {
    scale: slope / (high - low),
    offset: unit(intercept),
    range: [low, high],
    threshold: [from, to],
    unit,
  };
}

/** The values of the first and the last color: of the style, the file or the statistics. */
function valueRange(
  { displayRange, statistics }: Volume & { statistics: VolumeStatistics },
  { window, range }: VolumeStyle,
): readonly [low: number, high: number] {
  if (window !== undefined) {
    const [center = 0, width = 0] = window;
    if (!(width > 0)) throw new DataError(`the width of the window must be above 0; it is ${width}`);
    return [center - width / 2, center + width / 2];
  }
  const suggested =
    displayRange !== undefined && displayRange[0] < displayRange[1] ? displayRange : undefined;
  const [low, high] = range ?? suggested ?? statistics.range;
  // All voxels of a constant volume get the middle color.
  return low < high ? [low, high] : [low - 0.5, low + 0.5];
}
