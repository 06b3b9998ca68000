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

/** Tolerance for the rounding of scaled values. */
const EPSILON = 1e-6;

/**
 * @param options.isAboveOthers whether the volume covers others, and is transparent below the range that the style has. Default: no
 * @throws DataError for an invalid window
 */
export function scaleVolume(
  volume: Volume & { statistics: VolumeStatistics },
  style: VolumeStyle,
  { isAboveOthers = false }: { readonly isAboveOthers?: boolean } = {},
): VolumeScale {
  const [low, high] = valueRange(volume, style);
  const unit = (value: number): number => (value - low) / (high - low);
  const [from = lowestShown(low, unit, style, isAboveOthers), to = UNLIMITED] =
    style.threshold?.map(unit) ?? [];
  const { slope, intercept } = volume;
  return {
    scale: slope / (high - low),
    offset: unit(intercept),
    range: [low, high],
    threshold: [from, to],
    unit,
  };
}

/** The lowest scaled value that is shown without a threshold. */
function lowestShown(
  low: number,
  unit: (value: number) => number,
  { color, negativeColormap, range, window }: VolumeStyle,
  isAboveOthers: boolean,
): number {
  // A mask in one color is transparent where it is 0.
  if (color !== undefined) return unit(0) + EPSILON;
  // Values below the range are transparent if negative ones have colors of their own.
  if (negativeColormap !== undefined) return 0;
  // So are those of an activation over the anatomy, as in mrview, FSLeyes and niivue; but the low ones of a range of both signs, which
  // differ most from 0, are not. 0 is the background of a map whose range starts there.
  if (isAboveOthers && (range ?? window) !== undefined && low >= 0) return low === 0 ? EPSILON : -EPSILON;
  return -UNLIMITED;
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
