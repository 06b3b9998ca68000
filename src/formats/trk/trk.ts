import type { FileHead, Format } from "../format.ts";
import { isTrk, parseTrkHeader, TRK_HEADER_BYTES, trkPointBytes } from "./trk-header.ts";

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

/** Positions, GL's copy of them, and scalars. */
function estimateMemory({ bytes, size }: FileHead): number {
  const pointBytes = trkPointBytes(parseTrkHeader("", bytes));
  return ((size - TRK_HEADER_BYTES) / pointBytes) * (pointBytes + 12);
}
