import { COLORMAP_NAMES } from "./colormap-names.ts";
import type { Properties } from "./property.ts";
import { LABELS } from "./shared-properties.ts";

/** Properties of volumes. */
export const VOXELS = {
  affine: {
    label: "Affine matrix",
    noControl: "it belongs to the data: another program has computed it",
    type: "affine",
    description:
      "matrix from voxel indices to mm (RAS+) instead of that of the file: 12 or 16 numbers in rows, or a text file with them, as numpy.savetxt writes it",
  },
  window: {
    label: "Window",
    folder: "Color",
    needs: "values",
    type: "numbers",
    names: ["center", "width"],
    description: "value of the middle color, and width of the range of colors, instead of --range",
  },
  negativeColormap: {
    label: "Colormap of negative values",
    folder: "Color",
    needs: "negative",
    type: "choice",
    choices: COLORMAP_NAMES,
    description:
      "colors of negative values, by their absolute values; values below the range are then transparent",
  },
  modulate: {
    label: "Fade out low values",
    folder: "Color",
    needs: "values",
    type: "boolean",
    description: "make low values of the range transparent, and high ones opaque",
  },
  interpolate: {
    label: "Interpolate",
    folder: "Slices",
    type: "boolean",
    description: "interpolate between voxels",
  },
  labels: {
    label: "Values are labels",
    folder: "Color",
    needs: "scalar",
    type: "boolean",
    description: "values are labels, also if the file has no table of them: a color for each",
  },
  ...LABELS,
  mip: {
    label: "Maximum intensity",
    folder: "Rays",
    needs: "scalar",
    type: "boolean",
    description: "show the maximum of the values along each ray",
  },
  volume: {
    label: "Whole volume",
    folder: "Rays",
    needs: "scalar",
    type: "boolean",
    description: "show the whole volume, translucent and lit",
  },
  iso: {
    label: "Surface at",
    folder: "Surface",
    needs: "scalar",
    slider: "values",
    type: "number",
    min: -Number.MAX_VALUE,
    max: Number.MAX_VALUE,
    description: "show the surface where the volume has this value",
  },
  peaks: {
    label: "Vectors as sticks",
    folder: "Slices",
    needs: "peaks",
    type: "boolean",
    description:
      "show vectors, or three values of each peak, as sticks in the slices; they are in the coordinates of the world, as MRtrix writes them",
  },
  opacityCurve: {
    label: "Opacity curve",
    folder: "Rays",
    needs: "rays",
    type: "text",
    placeholder: "values",
    description:
      "with --volume: values and their opacities, 0 to 1 over the range of values, such as 0.2,0,0.8,0.5",
  },
  slice: {
    label: "Slices",
    folder: "Slices",
    names: "slices",
    type: "text",
    placeholder: "slices",
    description:
      "slices to show, such as x=10,y=-5mm,z=20vox, or z for one through the middle (default: those of the volume before it, or three through the middle; none with --mip, --volume and --iso)",
  },
} as const satisfies Properties;
