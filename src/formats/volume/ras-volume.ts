import type { Volume } from "../data-kinds.ts";

type RasVolume = Omit<Volume, "kind" | "space" | "origin" | "slope" | "intercept" | "unit"> &
  Partial<Pick<Volume, "slope" | "intercept">>;

/** Returns a volume in RAS+ mm. Default: the values are as they are stored (slope 1, intercept 0). */
export function rasVolume(volume: RasVolume): Volume {
  return { kind: "volume", space: "ras", origin: [0, 0, 0], unit: "mm", slope: 1, intercept: 0, ...volume };
}
