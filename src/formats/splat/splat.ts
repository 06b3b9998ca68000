import type { Format } from "../format.ts";
import { pointMemory } from "../points/point-memory.ts";
import { SPLAT_BYTES } from "./splat-layout.ts";

export const splat: Format<"splat"> = {
  id: "splat",
  name: "SPLAT",
  description: "Gaussian splats as points with colors, and their opacities (0 to 255) as values",
  extensions: ["splat"],
  up: "y",
  // There is no magic number.
  detect: ({ extension, text, size }) =>
    extension === "splat" && text === undefined && size >= SPLAT_BYTES ? "plausible" : undefined,
  estimateMemory: ({ size }) => (size / SPLAT_BYTES) * pointMemory(true, 1),
  samplePoints: async (_path, file) =>
    file.sampleRecords(0, SPLAT_BYTES, Number.POSITIVE_INFINITY, (record) =>
      [0, 4, 8].map((offset) => record.getFloat32(offset, true)),
    ),
  read: async (context) => (await import("./read-splat.ts")).readSplat(context),
};
