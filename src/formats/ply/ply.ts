import type { FileHead, Format } from "../format.ts";
import { minRowBytes, parsePlyHeader } from "./ply-header.ts";

/**
 * Bytes. 10 million points need 421 MB where GL has a copy, half of it where a software driver's points are splatted; the difference of
 * meshes of 8 and 1 million triangles, with half as many vertices, is 386 MB.
 */
const MEMORY_PER_VERTEX = 48;
const MEMORY_PER_TRIANGLE = 31;
/** Bytes, with GL's copy. */
const MEMORY_PER_COLOR = 24;

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
  estimateMemory,
  samplePoints: async (path, file) => (await import("./sample-ply.ts")).samplePly(path, file),
  read: async (context) => (await import("./read-ply.ts")).readPly(context),
};

/** Counts the elements that the header declares, at most as many as the file has bytes for. */
function estimateMemory({ bytes: head, size }: FileHead): number {
  const { elements, encoding, bytes } = parsePlyHeader("", head, size);
  let rest = size - bytes;
  let memory = 0;
  for (const element of elements) {
    const rows = Math.min(element.count, rest / Math.max(1, minRowBytes(element, encoding)));
    rest -= rows * minRowBytes(element, encoding);
    const hasColors = element.properties.some(({ name }) => name === "red" || name === "f_dc_0");
    if (element.name === "vertex") memory += rows * (MEMORY_PER_VERTEX + (hasColors ? MEMORY_PER_COLOR : 0));
    // What follows are mostly the corners of polygons; a binary triangle has 12 bytes of them.
    else if (encoding === "ascii") memory += rows * MEMORY_PER_TRIANGLE;
    else memory += Math.max(rows, rest / 12) * MEMORY_PER_TRIANGLE;
  }
  return memory;
}
