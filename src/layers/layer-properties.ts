import { COLORMAP_NAMES } from "./colormap-names.ts";
import type { Properties, StyleOf } from "./property.ts";

/** Properties of every layer. */
const COMMON = {
  opacity: { type: "number", min: 0, max: 1, description: "opacity, from 0 (invisible) to 1 (opaque)" },
  color: { type: "color", description: "one color for the whole layer, as a CSS color" },
} as const satisfies Properties;

/** Properties of layers that are colored by an array of values. */
const SCALARS = {
  colorBy: { type: "text", description: "name of the array to color by" },
  component: {
    type: "text",
    description: "component of a vector to color by: its number, from 0; x, y or z; or magnitude",
  },
  colormap: {
    type: "choice",
    choices: COLORMAP_NAMES,
    description: "colors of the values; -r at the end reverses them",
  },
  range: {
    type: "range",
    description: "values of the first and the last color (default: 2nd to 98th percentile)",
  },
  threshold: { type: "range", description: "range of the values to show" },
} as const satisfies Properties;

/** Properties of a layer by the kind of its data, in the order of help texts. */
export const LAYER_PROPERTIES = {
  mesh: { ...COMMON, ...SCALARS },
  points: { ...COMMON, ...SCALARS },
  streamlines: { ...COMMON, ...SCALARS },
  volume: { ...COMMON, ...SCALARS },
  molecule: { ...COMMON },
  gltf: {},
} as const satisfies Record<string, Properties>;

/** Properties of a file with values for the file before it. */
export const OVERLAY_PROPERTIES = { opacity: COMMON.opacity, ...SCALARS } as const satisfies Properties;

export type LayerKind = keyof typeof LAYER_PROPERTIES;

export type ScalarStyle = StyleOf<typeof SCALARS>;
export type MeshStyle = StyleOf<(typeof LAYER_PROPERTIES)["mesh"]>;
export type PointsStyle = StyleOf<(typeof LAYER_PROPERTIES)["points"]>;
export type StreamlinesStyle = StyleOf<(typeof LAYER_PROPERTIES)["streamlines"]>;
export type VolumeStyle = StyleOf<(typeof LAYER_PROPERTIES)["volume"]>;
export type MoleculeStyle = StyleOf<(typeof LAYER_PROPERTIES)["molecule"]>;
