import type { FileHead, Format } from "../format.ts";
import { streamlineStep } from "../streamlines/streamline-step.ts";
import { hasMagicLine, parseTckHeader, SCALARS_MAGIC, TRACKS_MAGIC } from "./tck-header.ts";

export const tck: Format<"tck"> = {
  id: "tck",
  name: "TCK",
  description: "streamlines of MRtrix, Float32 and Float64",
  extensions: ["tck"],
  up: "z",
  detect: ({ bytes }) => (hasMagicLine(bytes, TRACKS_MAGIC) ? "certain" : undefined),
  checkHeader: (path, { bytes }) => {
    parseTckHeader(path, bytes, "TCK");
  },
  estimateMemory,
  sampleStreamlines: async (path, file) => (await import("./sample-tck.ts")).sampleTck(path, file),
  read: async (context) => (await import("./read-tck.ts")).readTck(context),
};

export const tsf: Format<"tsf"> = {
  id: "tsf",
  name: "TSF",
  description: "values of MRtrix for the points of a TCK file, which is given before it",
  extensions: ["tsf"],
  up: "z",
  detect: ({ bytes }) => (hasMagicLine(bytes, SCALARS_MAGIC) ? "certain" : undefined),
  isOverlay: () => true,
  checkHeader: (path, { bytes }) => {
    parseTckHeader(path, bytes, "TSF");
  },
  estimateMemory,
  read: async (context) => (await import("./read-tck.ts")).readTsf(context),
};

/** Positions of the streamlines that are read, or scalars, as float32. GL has no copy of them. */
function estimateMemory({ bytes, size }: FileHead): number {
  const floats = parseTckHeader("", bytes, "TCK")?.doubles === true ? size / 2 : size;
  return floats / streamlineStep(floats / 12, []).every;
}
