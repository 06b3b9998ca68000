import type { Format } from "../format.ts";
import { detectDcd } from "./dcd-header.ts";

/** Memory per byte of the file: the offset of a frame, which has at least 36 bytes. */
const MEMORY_PER_BYTE = 0.25;

export const dcd: Format<"dcd"> = {
  id: "dcd",
  name: "DCD",
  description:
    "trajectories of CHARMM, NAMD and X-PLOR for the molecule before them, in both byte orders; frames are time steps",
  extensions: ["dcd"],
  up: "y",
  detect: ({ bytes }) => (detectDcd(bytes) === undefined ? undefined : "certain"),
  isOverlay: () => true,
  estimateMemory: ({ size }) => MEMORY_PER_BYTE * size,
  read: async (context) => (await import("./read-dcd.ts")).readDcd(context),
};
