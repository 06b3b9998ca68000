import type { FileHead, Format } from "../format.ts";
import { isOldValues, surfaceKind } from "./surface-kind.ts";

/** Memory per byte of a surface: 85 bytes per triangle, which has 18 in the file. */
const SURFACE_MEMORY_PER_BYTE = 5;

export const freesurferSurface: Format<"freesurfer"> = {
  id: "freesurfer",
  name: "FreeSurfer surface",
  description: "triangles and quads, in scanner coordinates",
  extensions: ["pial", "white", "inflated", "sphere", "orig", "smoothwm"],
  up: "z",
  detect: ({ bytes, size }) => {
    const kind = surfaceKind(bytes, size);
    return kind === undefined || kind === "values" ? undefined : "certain";
  },
  estimateMemory: ({ size }) => size * SURFACE_MEMORY_PER_BYTE,
  read: async (context) => (await import("./read-surface.ts")).readSurface(context),
};

const VALUE_EXTENSIONS = ["curv", "sulc", "thickness", "area", "volume"];

export const freesurferValues: Format<"curv"> = {
  id: "curv",
  name: "FreeSurfer curv",
  description: "values for the surface before it: curvature, thickness and the like",
  extensions: VALUE_EXTENSIONS,
  up: "z",
  detect: ({ bytes, size, extension, text }) => {
    if (surfaceKind(bytes, size) === "values") return "certain";
    if (text !== undefined) return undefined;
    return isOldValues(bytes, size) || VALUE_EXTENSIONS.includes(extension) ? "plausible" : undefined;
  },
  isOverlay: () => true,
  estimateMemory: ({ size }) => 2 * size,
  read: async (context) => (await import("./read-values.ts")).readVertexValues(context),
};

export const freesurferAnnotation: Format<"annot"> = {
  id: "annot",
  name: "FreeSurfer annot",
  description: "labels with names and colors for the surface before it",
  extensions: ["annot"],
  up: "z",
  detect: detectAnnotation,
  isOverlay: () => true,
  estimateMemory: ({ size }) => size,
  read: async (context) => (await import("./read-annotation.ts")).readAnnotation(context),
};

/** There is no magic number: the first vertices are 0, 1 and 2, and the labels fit into the file. */
function detectAnnotation({ bytes, size, extension, text }: FileHead): "certain" | "plausible" | undefined {
  if (text !== undefined) return undefined;
  if (bytes.length >= 24) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isOrdered = [0, 1, 2].every((vertex) => view.getInt32(4 + 8 * vertex) === vertex);
    const vertices = view.getInt32(0);
    if (isOrdered && vertices >= 3 && size >= 8 + 8 * vertices) return "certain";
  }
  return extension === "annot" ? "plausible" : undefined;
}
