import {
  binaryLegacy,
  LEGACY_51,
  LEGACY_IMAGE,
  LEGACY_POLYDATA,
  LEGACY_TETRAHEDRA,
} from "./legacy-samples.ts";
import { XML_SAMPLES } from "./xml-samples.ts";

/** Datasets to damage, by the extension of the format. */
export const VTK_SAMPLES = {
  vtu: XML_SAMPLES.flatMap((sample) => [sample().toString("latin1"), sample()]),
  vtk: [LEGACY_POLYDATA, LEGACY_TETRAHEDRA, LEGACY_51, LEGACY_IMAGE, binaryLegacy()],
} satisfies Record<string, (string | Uint8Array)[]>;
