import type { FileHead, Format } from "../format.ts";

/** Sizes of the other files are not known before they are read: enough to read them in a Worker. */
const MEMORY_BYTES = 64_000_000;

export const openfoam: Format<"openfoam"> = {
  id: "openfoam",
  name: "OpenFOAM",
  description:
    "cases by a .foam file in their folder, which can be empty, or by system/controlDict: outer faces by the values of their cells (volume fields), ASCII and binary, time folders; no decomposed cases and regions",
  extensions: ["foam"],
  // As in ParaView, which shows the plane of two-dimensional cases from the front.
  up: "y",
  detect,
  estimateMemory: () => MEMORY_BYTES,
  read: async (context) => (await import("./read-openfoam.ts")).readOpenFoam(context),
};

function detect({ extension, text }: FileHead): "certain" | "plausible" | undefined {
  const isControl = text !== undefined && /\bFoamFile\s*\{[^}]*\bobject\s+controlDict\s*;/.test(text);
  if (isControl) return "certain";
  // Its content has no meaning.
  return extension === "foam" ? "plausible" : undefined;
}
