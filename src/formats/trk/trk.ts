import type { FileHead, Format } from "../format.ts";
import { streamlineStep } from "../streamlines/streamline-step.ts";
import { isTrk, parseTrkHeader, trkPointBytes } from "./trk-header.ts";

export const trk: Format<"trk"> = {
  id: "trk",
  name: "TRK",
  description: "streamlines of TrackVis, versions 1 to 3, with scalars and properties",
  extensions: ["trk"],
  up: "z",
  detect: ({ bytes }) => (isTrk(bytes) ? "certain" : undefined),
  checkHeader: (path, { bytes }) => {
    parseTrkHeader(path, bytes);
  },
  estimateMemory,
  sampleStreamlines: async (path, file) => (await import("./sample-trk.ts")).sampleTrk(path, file),
  read: async (context) => (await import("./read-trk.ts")).readTrk(context),
};

/** Positions and scalars of the streamlines that are read. GL has no copy of them. */
function estimateMemory({ bytes, size }: FileHead): number {
  return size / streamlineStep(size / trkPointBytes(parseTrkHeader("", bytes)), []).every;
}
