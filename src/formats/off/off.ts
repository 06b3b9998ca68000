import type { FileHead, Format } from "../format.ts";
import { estimatePlyMemory } from "../ply/ply.ts";
import { parseOffHeader } from "./off-header.ts";

/** The keyword and two numbers, with comments. */
const START = /^(?:\s|#[^\r\n]*[\r\n])*(?:ST)?C?N?4?n?OFF(?:[ \t]+BINARY)?(?:\s|#[^\r\n]*[\r\n])+\d+\s+\d/;

export const off: Format<"off"> = {
  id: "off",
  name: "OFF",
  description: "ASCII: polygons, or points, with normals and colors of the vertices",
  extensions: ["off"],
  // OFF does not define an up axis. Its viewers (Geomview, MeshLab) show y up.
  up: "y",
  detect: ({ text, isUtf16 }: FileHead) =>
    text !== undefined && !isUtf16 && START.test(text) ? "certain" : undefined,
  checkHeader: (path, { bytes }) => {
    parseOffHeader(path, bytes);
  },
  estimateMemory: ({ bytes, size }) => estimatePlyMemory(parseOffHeader("", bytes), size),
  read: async (context) => (await import("./read-off.ts")).readOff(context),
};
