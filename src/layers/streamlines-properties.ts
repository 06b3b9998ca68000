import type { Properties } from "./property.ts";
import { SURFACES } from "./surface-properties.ts";

/** A limit of the length of streamlines. */
const LENGTH = {
  folder: "Selection",
  slider: "length",
  type: "number",
  min: 0,
  max: 1e9,
  unit: "mm",
} as const;

/** Properties of streamlines. Lengths are in the unit of the positions, which is mm in anatomy. */
export const LINES = {
  tubes: {
    label: "Tubes",
    folder: "Shape",
    default: "auto",
    type: "choice",
    choices: ["auto", "on", "off"],
    description: "draw streamlines as tubes, which auto does for up to three million points or with --width",
  },
  width: {
    label: "Tube diameter",
    folder: "Shape",
    slider: "thickness",
    type: "number",
    min: 0,
    max: 1000,
    unit: "mm",
    description: "diameter of the tubes",
  },
  lineWidth: SURFACES.lineWidth,
  minLength: {
    label: "Minimum length",
    ...LENGTH,
    description: "minimum length of streamlines",
  },
  maxLength: {
    label: "Maximum length",
    ...LENGTH,
    description: "maximum length of streamlines",
  },
  every: {
    label: "Show one of",
    folder: "Selection",
    slider: "count",
    default: 1,
    type: "number",
    min: 1,
    max: 1e9,
    integer: true,
    description: "show one of this many successive streamlines",
  },
  groups: {
    label: "Groups",
    folder: "Selection",
    names: "groups",
    type: "text",
    placeholder: "names",
    description: "names of the groups of streamlines to show, separated by commas",
  },
  sphere: {
    label: "Through a sphere",
    folder: "Selection",
    type: "numbers",
    names: ["x", "y", "z", "radius"],
    unit: "mm",
    description: "show streamlines that pass through a sphere",
  },
  box: {
    label: "Through a box",
    folder: "Selection",
    type: "numbers",
    names: ["min-x", "min-y", "min-z", "max-x", "max-y", "max-z"],
    unit: "mm",
    description: "show streamlines that pass through a box",
  },
  mask: {
    label: "Mask",
    folder: "Selection",
    type: "file",
    names: "volumes",
    description: "show streamlines that pass through voxels of a volume that are not 0",
  },
  maskEnds: {
    label: "Both ends in the mask",
    folder: "Selection",
    needs: "mask",
    type: "boolean",
    description: "show only streamlines with both ends in the mask",
  },
  sample: {
    label: "Sampled volume",
    folder: "Color",
    type: "file",
    names: "volumes",
    description:
      "volume whose values along the streamlines color them, as an array with the name of the file",
  },
  slab: {
    label: "Slab",
    folder: "Selection",
    type: "text",
    placeholder: "axis=position:thickness",
    description: "show only the parts within a slab: its axis, position and thickness in mm, such as x=10:4",
  },
  thresholdBy: {
    label: "Threshold applies to",
    folder: "Selection",
    needs: "values",
    default: "points",
    type: "choice",
    choices: ["points", "any", "mean"],
    description:
      "what --threshold shows: points in the range (default), streamlines with any point in it, or with their mean in it",
  },
} as const satisfies Properties;
