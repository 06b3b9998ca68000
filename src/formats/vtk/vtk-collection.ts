import type { Format } from "../format.ts";
import { isCollectionType, xmlTypeOf } from "./xml-type.ts";

/** Bytes. The size of the files that a collection names is not known: they are read in a Worker. */
const MEMORY = 64_000_000;

export const vtkCollection: Format<"vtk-collection"> = {
  id: "vtk-collection",
  name: "VTK collection",
  description:
    "VTK files as time steps (PVD, and ParaView's .series), as blocks of one dataset (VTM), and as its pieces (PVTU, PVTP, PVTI, PVTS, PVTR)",
  extensions: ["pvd", "vtm", "pvtu", "pvtp", "pvti", "pvts", "pvtr", "series"],
  up: "y",
  detect: ({ bytes, text }) => {
    const type = xmlTypeOf(bytes);
    if (type !== undefined) return isCollectionType(type) ? "certain" : undefined;
    return text?.startsWith("{") && /"file-series-version"\s*:/.test(text) ? "certain" : undefined;
  },
  estimateMemory: () => MEMORY,
  read: async (context) => (await import("./collection/read-collection.ts")).readCollection(context),
};
