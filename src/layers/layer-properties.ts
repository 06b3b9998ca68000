import { COLORMAP_NAMES } from "./colormap-names.ts";
import type { Properties, StyleOf } from "./property.ts";

/** Properties of every layer. */
const COMMON = {
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
    panel: false,
    type: "boolean",
    description: "show the files whose names have the next numbers, such as mesh_001.vtu, as time steps",
  },
} as const satisfies Properties;

/** Properties of layers that are colored by an array of values. */
const SCALARS = {
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
const LABELS = {
  outline: {
    label: "Outlines only",
    folder: "Color",
    needs: "labels",
    type: "boolean",
    description: "show only the outlines of labels",
  },
} as const satisfies Properties;

/** Properties of surfaces and points. */
const SHAPES = {
  pointSize: {
    label: "Point size",
    folder: "Shape",
    needs: "points",
    slider: [1, 20],
    type: "number",
    min: 0.5,
    max: 100,
    unit: "px",
    description: "size of points",
  },
  warp: {
    label: "Warp by",
    folder: "Shape",
    names: "vectors",
    type: "text",
    description: "name of the array of vectors that move the points, such as displacements",
  },
  warpFactor: {
    label: "Warp factor",
    folder: "Shape",
    needs: "warp",
    slider: "warp",
    default: 1,
    type: "number",
    min: -1e12,
    max: 1e12,
    description: "factor of the vectors of --warp (default: 1)",
  },
  glyphs: {
    label: "Arrows",
    folder: "Shape",
    names: "vectors",
    type: "text",
    description: "name of the array of vectors that are shown as arrows, at most 5,000",
  },
  glyphScale: {
    label: "Arrow length",
    folder: "Shape",
    needs: "glyphs",
    slider: [0, 5],
    default: 1,
    type: "number",
    min: 0,
    max: 1000,
    description: "length of the arrows (default: 1, for 6 % of the extent at the 98th percentile)",
  },
  clip: {
    label: "Clip plane",
    folder: "Selection",
    type: "text",
    placeholder: "plane",
    description:
      "plane beyond which nothing is shown: x=10, -x=10 for the other side, or a normal and the offset along it, such as 0,0,1,10",
  },
} as const satisfies Properties;

/** Properties of surfaces. */
const SURFACES = {
  edges: {
    label: "Edges",
    folder: "Shape",
    needs: "triangles",
    type: "boolean",
    description: "draw the edges of the cells",
  },
  flat: {
    label: "Flat shading",
    folder: "Shape",
    needs: "triangles",
    type: "boolean",
    description: "shade each triangle by its own normal",
  },
  lineWidth: {
    label: "Line width",
    folder: "Shape",
    needs: "lines",
    slider: [1, 10],
    default: 1,
    type: "number",
    min: 1,
    max: 20,
    unit: "px",
    description: "width of lines, of edges, and of streamlines that are not tubes",
  },
  contours: {
    label: "Contour lines",
    folder: "Color",
    needs: "values",
    slider: [1, 30],
    type: "number",
    min: 1,
    max: 100,
    integer: true,
    description: "number of contour lines of the values, evenly spaced in the range",
  },
  slicePlane: {
    label: "Section plane",
    folder: "Selection",
    needs: "triangles",
    type: "text",
    placeholder: "plane",
    description: "plane that cuts the cells or the surface, as in --clip; only the section is shown",
  },
} as const satisfies Properties;

/** Properties of streamlines. Lengths are in the unit of the positions, which is mm in anatomy. */
const LINES = {
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
    folder: "Selection",
    slider: "length",
    type: "number",
    min: 0,
    max: 1e9,
    unit: "mm",
    description: "minimum length of streamlines",
  },
  maxLength: {
    label: "Maximum length",
    folder: "Selection",
    slider: "length",
    type: "number",
    min: 0,
    max: 1e9,
    unit: "mm",
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
    panel: false,
    type: "file",
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
    panel: false,
    type: "file",
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

/** Properties of volumes. */
const VOXELS = {
  affine: {
    label: "Affine matrix",
    panel: false,
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

/** Properties of molecules. */
const ATOMS = {
  representation: {
    label: "Representation",
    folder: "Shape",
    type: "choice",
    choices: ["cartoon", "ball-and-stick", "spheres"],
    description:
      "how to draw molecules (default: cartoon for proteins and nucleic acids, else ball-and-stick)",
  },
  assembly: {
    label: "Assembly",
    folder: "Selection",
    names: "assemblies",
    type: "text",
    description: "name of the biological assembly to show, such as 1",
  },
} as const satisfies Properties;

/** Properties of a layer by the kind of its data, in the order of help texts. */
export const LAYER_PROPERTIES = {
  mesh: { ...COMMON, ...SCALARS, ...LABELS, ...SHAPES, ...SURFACES },
  points: { ...COMMON, ...SCALARS, ...SHAPES },
  streamlines: { ...COMMON, ...SCALARS, ...LINES },
  volume: {
    ...COMMON,
    colormap: SCALARS.colormap,
    range: SCALARS.range,
    threshold: SCALARS.threshold,
    ...VOXELS,
  },
  molecule: {
    ...COMMON,
    colorBy: SCALARS.colorBy,
    colormap: SCALARS.colormap,
    range: SCALARS.range,
    ...ATOMS,
  },
  gltf: {},
} as const satisfies Record<string, Properties>;

/** Properties of a file with values for the file before it. */
export const OVERLAY_PROPERTIES = {
  opacity: COMMON.opacity,
  ...SCALARS,
  ...LABELS,
} as const satisfies Properties;

export type LayerKind = keyof typeof LAYER_PROPERTIES;

export type ScalarStyle = StyleOf<typeof SCALARS>;
export type OverlayStyle = StyleOf<typeof OVERLAY_PROPERTIES>;
export type MeshStyle = StyleOf<(typeof LAYER_PROPERTIES)["mesh"]>;
export type PointsStyle = StyleOf<(typeof LAYER_PROPERTIES)["points"]>;
export type StreamlinesStyle = StyleOf<(typeof LAYER_PROPERTIES)["streamlines"]>;
export type VolumeStyle = StyleOf<(typeof LAYER_PROPERTIES)["volume"]>;
export type MoleculeStyle = StyleOf<(typeof LAYER_PROPERTIES)["molecule"]>;
