import type { Format } from "../format.ts";
import { pointMemory } from "../points/point-memory.ts";
import { startsWith } from "../starts-with.ts";
import { parseLasHeader } from "./las-header.ts";

export const las: Format<"las"> = {
  id: "las",
  name: "LAS",
  description:
    "LAS 1.0 to 1.4, point formats 0 to 10: points with colours, intensity, classification, return number and GPS time",
  extensions: ["las"],
  up: "z",
  detect: ({ bytes }) => (startsWith(bytes, "LASF") ? "certain" : undefined),
  checkHeader: (path, { bytes }) => {
    parseLasHeader(path, bytes);
  },
  estimateMemory: ({ bytes, size }) => {
    const { points, start, layout } = parseLasHeader("", bytes);
    const count = Math.min(points, (size - start) / layout.rowBytes);
    return Math.max(0, count) * pointMemory(layout.rgb !== undefined, layout.arrays.length);
  },
  samplePoints: async (path, file) => (await import("./read-las.ts")).sampleLas(path, file),
  read: async (context) => (await import("./read-las.ts")).readLas(context),
};
