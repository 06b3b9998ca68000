import { deflateSync } from "node:zlib";
import { ciftiFile, LABELS, PARCELS, SERIES } from "./cifti-file.ts";
import { quadFile, surfaceFile } from "./freesurfer-files.ts";
import { giftiFile, POINTSET, SHAPE, TRIANGLE } from "./gifti-file.ts";

const compressed = deflateSync(new Uint8Array(Float32Array.from([1, 2, 3, 4]).buffer)).toString("base64");

/** Surfaces to damage, by the extension of the format. */
export const SURFACE_SAMPLES = {
  gii: [
    giftiFile([POINTSET, TRIANGLE, SHAPE]),
    giftiFile([
      TRIANGLE,
      POINTSET,
      { ...SHAPE, data: compressed, attributes: 'Encoding="GZipBase64Binary" Endian="BigEndian"' },
      {
        intent: "LABEL",
        type: "INT32",
        data: "AAAAAAEAAAABAAAAAAAAAA==",
        attributes: 'Encoding="Base64Binary"',
      },
    ]),
  ],
  "dscalar.nii": [
    ciftiFile(),
    ciftiFile({ littleEndian: false }),
    ciftiFile({ columns: LABELS, width: 1, values: [1, 0, 1, 1, 0, 1, 1, 0] }),
    ciftiFile({ columns: SERIES, rows: PARCELS, height: 2 }),
  ],
  pial: [surfaceFile("valid = 1\nxras = -1 0 0\nyras = 0 0 -1\nzras = 0 1 0\ncras = 1 2 3\n"), quadFile()],
} as const satisfies Record<string, readonly (string | Uint8Array)[]>;
