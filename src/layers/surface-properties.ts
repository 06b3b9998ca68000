import type { Properties } from "./property.ts";

/** Properties of surfaces and points. */
export const SHAPES = {
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
export const SURFACES = {
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
