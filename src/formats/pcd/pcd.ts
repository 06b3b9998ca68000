import type { Format } from "../format.ts";
import { pointMemory } from "../points/point-memory.ts";
import { MAX_LZF_RATIO } from "./lzf.ts";
import { parsePcdHeader } from "./pcd-header.ts";

/** The first keyword, after comments. */
const START = /^(?:#[^\n]*\n\s*)*(VERSION\s+\.?\d|FIELDS\s+\S|COLUMNS\s+\S)/i;
const KEYWORDS = /\n\s*(SIZE|TYPE|WIDTH)\s/i;

export const pcd: Format<"pcd"> = {
  id: "pcd",
  name: "PCD",
  description:
    "ASCII, binary and compressed: points with colors and other values (intensity, label, curvature)",
  extensions: ["pcd"],
  up: "z",
  // Not by `text`: the rest of the head is often binary.
  detect: ({ bytes }) => {
    const start = new TextDecoder("latin1").decode(bytes.subarray(0, 4096)).trimStart();
    return START.test(start) && KEYWORDS.test(start) ? "certain" : undefined;
  },
  checkHeader: (path, { bytes }) => {
    parsePcdHeader(path, bytes);
  },
  estimateMemory: ({ bytes, size }) => {
    const { data, points, layout } = parsePcdHeader("", bytes);
    const { rowBytes, rgb, arrays } = layout;
    const minBytes = data === "ascii" ? 6 : data === "binary" ? rowBytes : rowBytes / MAX_LZF_RATIO;
    const count = Math.min(points, size / minBytes);
    const unpacked = data === "binary_compressed" ? size + count * rowBytes : 0;
    return count * pointMemory(rgb !== undefined, arrays.length) + unpacked;
  },
  samplePoints: async (path, file) => (await import("./read-pcd.ts")).samplePcd(path, file),
  read: async (context) => (await import("./read-pcd.ts")).readPcd(context),
};
