/** Names of the colormaps (see `colormap.ts`). */
const NAMES = [
  "viridis",
  "magma",
  "inferno",
  "plasma",
  "cividis",
  "turbo",
  "gray",
  "hot",
  "coolwarm",
  "rdbu",
  "jet",
] as const;

type Name = (typeof NAMES)[number];
export type ColormapName = Name | `${Name}-r`;

/** With the reversed ones. */
export const COLORMAP_NAMES: readonly ColormapName[] = NAMES.flatMap((name): ColormapName[] => [
  name,
  `${name}-r`,
]);
