import type { RecordLayout } from "../points/record-points.ts";

/** Position and size as six floats, red, green, blue and opacity as bytes, and a rotation of four bytes. */
export const SPLAT_BYTES = 32;

export const SPLAT_LAYOUT: RecordLayout = {
  rowBytes: SPLAT_BYTES,
  xyz: [0, 4, 8].map((offset) => ({ type: "float32", offset })),
  rgb: [24, 25, 26].map((offset) => ({ type: "uint8", offset })),
  white: 255,
  arrays: [{ name: "opacity", type: "uint8", offset: 27, isAuxiliary: true }],
};
