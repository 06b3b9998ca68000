import type { Format } from "../format.ts";
import { parsePlyHeader } from "./ply-header.ts";

export const ply: Format<"ply"> = {
  id: "ply",
  name: "PLY",
  description:
    "ASCII and binary: faces, triangle strips, edges, point clouds and Gaussian splats (as points), with colours, normals and textures",
  extensions: ["ply"],
  // PLY does not define an up axis. Its viewers (MeshLab, f3d, three.js) show y up, which is right for Stanford's scans.
  up: "y",
  detect: ({ bytes }) =>
    /^ply[ \t]*[\r\n]/i.test(String.fromCharCode(...bytes.subarray(0, 80))) ? "certain" : undefined,
  checkHeader: (path, { bytes, size }) => {
    parsePlyHeader(path, bytes, size);
  },
  samplePoints: async (path, file) => (await import("./sample-ply.ts")).samplePly(path, file),
  read: async (context) => (await import("./read-ply.ts")).readPly(context),
};
