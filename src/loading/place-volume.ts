import type { Volume } from "../formats/data-kinds.ts";
import type { VolumeStyle } from "../layers/layer-properties.ts";

/** Moves a volume to where its style places it, in RAS+ mm. */
export function placeVolume(volume: Volume, { affine }: VolumeStyle): Volume {
  return affine === undefined ? volume : { ...volume, affine, space: "ras", unit: "mm" };
}
