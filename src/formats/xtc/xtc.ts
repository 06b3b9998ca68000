import type { FileHead, Format } from "../format.ts";

/** Memory per byte of the file: the offset of a frame, which has at least 92 bytes. */
const MEMORY_PER_BYTE = 0.1;

export const xtc: Format<"xtc"> = {
  id: "xtc",
  name: "XTC",
  description:
    "trajectories of GROMACS for the molecule before them, with compressed positions; frames are time steps",
  extensions: ["xtc"],
  up: "y",
  detect: (head) => (isXtc(head) ? "certain" : undefined),
  isOverlay: () => true,
  estimateMemory: ({ size }) => MEMORY_PER_BYTE * size,
  read: async (context) => (await import("./read-xtc.ts")).readXtc(context),
};

/** The magic number 1995, and the same number of atoms before and after the box of the first frame. */
function isXtc({ bytes }: FileHead): boolean {
  if (bytes.length < 56) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.getInt32(0) === 1995 && view.getInt32(4) > 0 && view.getInt32(4) === view.getInt32(52);
}
