import type { Properties, StyleOf } from "./property.ts";

/** Sides from which a scene is seen. */
const SIDES = ["front", "back", "left", "right", "top", "bottom", "iso"] as const;

/** Properties of the view: the camera, and what is drawn around the data. */
export const VIEW_PROPERTIES = {
  view: {
    label: "Side",
    folder: "Camera",
    type: "choice",
    choices: SIDES,
    description:
      "side to look from; for anatomy, the sides of the body (default: the front, a little from the right and above)",
  },
  azimuth: {
    label: "Azimuth",
    noControl: "viewers move the camera in the picture",
    type: "number",
    min: -360,
    max: 360,
    unit: "degrees",
    description: "rotation of the camera around the scene, to the right",
  },
  elevation: {
    label: "Elevation",
    noControl: "viewers move the camera in the picture",
    type: "number",
    min: -90,
    max: 90,
    unit: "degrees",
    description: "rotation of the camera above the scene",
  },
  zoom: {
    label: "Zoom",
    noControl: "viewers move the camera in the picture",
    type: "number",
    min: 0.001,
    max: 1000,
    description: "magnification of the fitted view",
  },
  orthographic: {
    label: "Orthographic",
    folder: "Camera",
    type: "boolean",
    description: "projection without perspective",
  },
  clipPlanes: {
    label: "Clip planes",
    folder: "Clip planes",
    type: "planes",
    description:
      "planes beyond which nothing of the scene is shown, with semicolons between them: x=10, -x=10 for the other side, or a normal and the offset along it, such as 0,0,1,10",
  },
  clipHandles: {
    label: "Handles of clip planes",
    folder: "Clip planes",
    type: "boolean",
    description: "handles of the clip planes, by which they are dragged",
  },
  center: {
    label: "Center of rotation",
    noControl: "a double click in the picture sets it",
    type: "numbers",
    names: ["x", "y", "z"],
    description: "center of rotation, in the middle of the view (default: the center of the scene)",
  },
  crosshair: {
    label: "Crosshair",
    folder: "Under the pointer",
    type: "numbers",
    names: ["x", "y", "z"],
    description: "place that is marked by lines along the axes, through which the slices of volumes go",
  },
  time: {
    label: "Time step",
    noControl: "the section Time shows and plays the steps",
    type: "number",
    min: 0,
    max: 1e6,
    integer: true,
    description: "time step to show, from 0",
  },
  title: { label: "Title", type: "text", placeholder: "text", description: "title above the scene" },
  scalarBar: {
    label: "Scalar bar",
    needs: "values",
    type: "boolean",
    default: true,
    description: "no bar with the colors of the values",
  },
  letters: {
    label: "Letters of directions",
    needs: "anatomy",
    type: "boolean",
    default: true,
    description: "no letters of the body's directions (left, right, anterior, …) at the edges",
  },
  axes: { label: "Axes", type: "boolean", description: "directions of the axes in a corner" },
  scaleBar: {
    label: "Scale bar",
    type: "boolean",
    description: "bar of a round length, at the distance of the scene's center",
  },
  boundingBox: {
    label: "Bounding box",
    type: "boolean",
    description: "box around the scene, with coordinates",
  },
} as const satisfies Properties;

export type ViewStyle = StyleOf<typeof VIEW_PROPERTIES>;
