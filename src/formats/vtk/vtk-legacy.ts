import type { Format } from "../format.ts";
import { LoadError } from "../load-error.ts";
import { startsWith } from "../starts-with.ts";
import { LEGACY_MAGIC, parseLegacyHeader } from "./legacy/legacy-header.ts";

export const vtkLegacy: Format<"vtk"> = {
  id: "vtk",
  name: "VTK",
  description:
    "legacy VTK, versions 1.0 to 5.1, ASCII and binary: polygonal data, unstructured, structured and rectilinear grids by their outer faces, images as volumes, lines as streamlines",
  extensions: ["vtk"],
  // ParaView and f3d show VTK files with y up.
  up: "y",
  detect: ({ bytes }) => (startsWith(bytes, LEGACY_MAGIC) ? "certain" : undefined),
  checkHeader: (path, { bytes }) => {
    if (parseLegacyHeader(bytes) !== undefined) return;
    throw new LoadError(path, "its first three lines must be the version, a title, and ASCII or BINARY", {
      format: "VTK",
    });
  },
  // Measured for 8 million triangles: 1.6 bytes a byte of binary data, 2.4 of text; and the levels of detail.
  estimateMemory: ({ bytes, size }) => (parseLegacyHeader(bytes)?.isBinary ? 2 : 3) * size,
  samplePoints: async (_path, file) => (await import("./sample-points.ts")).sampleLegacy(file),
  read: async (context) => (await import("./legacy/read-legacy.ts")).readLegacyVtk(context),
};
