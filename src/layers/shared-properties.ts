import { COLORMAP_NAMES } from "./colormap-names.ts";
import type { Properties } from "./property.ts";

/** Properties of every layer. */
export const COMMON = {
  opacity: {
    label: "Opacity",
    default: 1,
    type: "number",
    min: 0,
    max: 1,
    description: "opacity, from 0 (invisible) to 1 (opaque)",
  },
  color: {
    label: "Single color",
    folder: "Color",
    type: "color",
    description: "one color for the whole layer, as a CSS color",
  },
  series: {
    label: "Series",
    noControl: "it names other files, of which the page has no list",
    type: "boolean",
    description: "show the files whose names have the next numbers, such as mesh_001.vtu, as time steps",
  },
} as const satisfies Properties;

/** Properties of layers that are colored by an array of values. */
export const SCALARS = {
  colorBy: {
    label: "Color by",
    folder: "Color",
    names: "arrays",
    type: "text",
    description: "name of the array to color by; of streamlines also direction, ends, group or file",
  },
  component: {
    label: "Component",
    folder: "Color",
    names: "components",
    type: "text",
    placeholder: "component",
    description: "component of a vector to color by: its number, from 0; x, y or z; or magnitude",
  },
  colormap: {
    label: "Colormap",
    folder: "Color",
    needs: "values",
    type: "choice",
    choices: COLORMAP_NAMES,
    description: "colors of the values; -r at the end reverses them",
  },
  range: {
    label: "Range",
    folder: "Color",
    needs: "values",
    type: "range",
    description: "values of the first and the last color (default: 2nd to 98th percentile)",
  },
  threshold: {
    label: "Threshold",
    folder: "Selection",
    needs: "values",
    type: "range",
    description: "range of the values to show",
  },
} as const satisfies Properties;

/** Properties of layers with labels. */
export const LABELS = {
  outline: {
    label: "Outlines only",
    folder: "Color",
    needs: "labels",
    type: "boolean",
    description: "show only the outlines of labels",
  },
} as const satisfies Properties;
