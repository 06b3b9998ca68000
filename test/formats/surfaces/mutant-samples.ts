import { deflateSync } from "node:zlib";
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
} as const satisfies Record<string, readonly (string | Uint8Array)[]>;
