import type { FileHead, Format } from "../format.ts";
import { threeBytes } from "./big-endian.ts";
import { isOldValues, PAINT_HEADER_BYTES, PAINT_RECORD_BYTES, surfaceKind } from "./surface-kind.ts";

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

export const freesurferPaint: Format<"w"> = {
  id: "w",
  name: "FreeSurfer paint",
  description: "values for some vertices of the surface before it",
  extensions: ["w"],
  up: "z",
  detect: ({ bytes, size, extension, text }) => {
    if (text !== undefined || bytes.length < PAINT_HEADER_BYTES) return undefined;
    const isExact = size === PAINT_HEADER_BYTES + PAINT_RECORD_BYTES * threeBytes(bytes, 2);
    return isExact || extension === "w" ? "plausible" : undefined;
  },
  isOverlay: () => true,
  estimateMemory: ({ size }) => 2 * size,
  read: async (context) => (await import("./read-paint.ts")).readPaint(context),
};

export const freesurferLabel: Format<"label"> = {
  id: "label",
  name: "FreeSurfer label",
  description: "vertices of the surface before it, in one color or by their values",
  extensions: ["label"],
  up: "z",
  detect: ({ extension, text }) => {
    if (text === undefined) return undefined;
    if (/^#!ascii label\b/.test(text)) return "certain";
    return extension === "label" && /^(?:#.*\r?\n)?\s*\d+\s*\r?\n/.test(text) ? "plausible" : undefined;
  },
  isOverlay: () => true,
  estimateMemory: ({ size }) => 2 * size,
  read: async (context) => (await import("./read-label.ts")).readLabel(context),
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
