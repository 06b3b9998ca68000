import type { FileHead, Format } from "../format.ts";
import { isTrk, parseTrkHeader } from "./trk-header.ts";

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

/** Positions and scalars. GL has no copy of them. */
function estimateMemory({ size }: FileHead): number {
  return size;
}
