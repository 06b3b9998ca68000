import type { FileHead, Format } from "../format.ts";
import { parseMatHeader } from "./mat-header.ts";

/** Positions are float32; the steps in the file have one byte. */
const MEMORY_PER_BYTE = 4;

export const tt: Format<"tt"> = {
  id: "tt",
  name: "TT",
  description: "tracts of DSI Studio",
  extensions: ["tt"],
  up: "z",
  detect,
  estimateMemory: ({ size }) => MEMORY_PER_BYTE * size,
  read: async (context) => (await import("./read-tt.ts")).readTt(context),
};

/** A MATLAB file of level 4 has no magic number; the other files of DSI Studio, such as FIB, have no matrix of streamlines. */
function detect({ bytes, extension }: FileHead): "certain" | undefined {
  let rest = bytes;
  for (let i = 0; i < 16; i += 1) {
    const header = parseMatHeader(rest);
    if (header === undefined) return undefined;
    if (extension === "tt" || /^track\d*$/.test(header.name)) return "certain";
    rest = rest.subarray(header.headerBytes + header.bytes);
  }
  return undefined;
}
