import type { Format } from "../format.ts";
import { LoadError } from "../load-error.ts";
import { pointMemory } from "../points/point-memory.ts";
import { startsWith } from "../starts-with.ts";
import { MAX_LAZ_POINTS_PER_BYTE, parseLasHeader } from "./las-header.ts";

/** WebAssembly has 2 GB, in which the file is as a whole. */
const MAX_LAZ_BYTES = 1.8e9;

export const las: Format<"las"> = {
  id: "las",
  name: "LAS",
  description:
    "LAS and LAZ 1.0 to 1.4, point formats 0 to 10: points with colors, intensity, classification, return number and GPS time",
  extensions: ["las", "laz"],
  up: "z",
  detect: ({ bytes }) => (startsWith(bytes, "LASF") ? "certain" : undefined),
  checkHeader: (path, { bytes, size }) => {
    if (parseLasHeader(path, bytes).isCompressed && size > MAX_LAZ_BYTES) {
      throw new LoadError(path, "compressed files above 1.8 GB are not supported; save it as LAS", {
        format: "LAS",
      });
    }
  },
  estimateMemory: ({ bytes, size }) => {
    const { isCompressed, points, start, layout } = parseLasHeader("", bytes);
    const most = isCompressed ? size * MAX_LAZ_POINTS_PER_BYTE : (size - start) / layout.rowBytes;
    const memory =
      Math.max(0, Math.min(points, most)) * pointMemory(layout.rgb !== undefined, layout.arrays.length);
    // A compressed file is in memory as a whole.
    return memory + (isCompressed ? size : 0);
  },
  samplePoints: async (path, file) => (await import("./read-las.ts")).sampleLas(path, file),
  read: async (context) => (await import("./read-las.ts")).readLas(context),
};
