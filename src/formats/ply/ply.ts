import type { Format } from "../format.ts";
import { countArrays } from "./ply-arrays.ts";
import { minRowBytes, type PlyHeader, parsePlyHeader } from "./ply-header.ts";

/**
 * Bytes. Measured: 421 MB for 10 million points with a copy in GL, half of it if a software driver's points are splatted; 386 MB is the
 * difference between meshes of 8 and 1 million triangles, which have half as many vertices.
 */
const MEMORY_PER_VERTEX = 48;
const MEMORY_PER_TRIANGLE = 31;
/** Bytes, including GL's copy. */
const MEMORY_PER_COLOR = 24;
/** Bytes of a property that is kept as an array of values, at most. */
const MEMORY_PER_VALUE = 8;

export const ply: Format<"ply"> = {
  id: "ply",
  name: "PLY",
  description:
    "ASCII and binary: faces, triangle strips, edges, point clouds and Gaussian splats (as points), with colors, normals and textures",
  extensions: ["ply"],
  // PLY does not define an up axis. Its viewers (MeshLab, f3d, three.js) show y up, which is right for Stanford's scans.
  up: "y",
  detect: ({ bytes }) =>
    /^ply[ \t]*[\r\n]/i.test(String.fromCharCode(...bytes.subarray(0, 80))) ? "certain" : undefined,
  checkHeader: (path, { bytes, size }) => {
    parsePlyHeader(path, bytes, size);
  },
  estimateMemory: ({ bytes, size }) => estimatePlyMemory(parsePlyHeader("", bytes, size), size),
  samplePoints: async (path, file) => (await import("./sample-ply.ts")).samplePly(path, file),
  read: async (context) => (await import("./read-ply.ts")).readPly(context),
};

/** Estimates memory from the declared numbers of elements, limited to the numbers that fit into the file. */
export function estimatePlyMemory({ elements, encoding, bytes }: PlyHeader, size: number): number {
  let rest = size - bytes;
  let memory = 0;
  for (const element of elements) {
    const rows = Math.min(element.count, rest / Math.max(1, minRowBytes(element, encoding)));
    rest -= rows * minRowBytes(element, encoding);
    const hasColors = element.properties.some(({ name }) => name === "red" || name === "f_dc_0");
    memory += rows * MEMORY_PER_VALUE * countArrays(element);
    if (element.name === "vertex") memory += rows * (MEMORY_PER_VERTEX + (hasColors ? MEMORY_PER_COLOR : 0));
    // Other elements are mostly the corners of polygons, 12 bytes in a binary triangle.
    else if (encoding === "ascii") memory += rows * MEMORY_PER_TRIANGLE;
    else memory += Math.max(rows, rest / 12) * MEMORY_PER_TRIANGLE;
  }
  return memory;
}
