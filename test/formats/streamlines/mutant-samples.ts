import { tckFile } from "./tck-builder.ts";
import { trkFile } from "./trk-builder.ts";

const LINES = [5, 2, 0, 7].map((length, i) =>
  Array.from({ length }, (_, k) => [10 * i + k, 3 * k, i * k + 0.5]),
);

/** Files of TrackVis to damage. */
export const TRK_SAMPLES: readonly Uint8Array[] = [
  trkFile({ streamlines: LINES, order: "LPS", voxelSize: [2, 2, 2.5] }),
  trkFile({
    streamlines: LINES.map((line) => line.map((point, i) => [...point, i, 1, 2])),
    scalarNames: ["fa", "v\x002"],
    properties: LINES.map((_, i) => [i, i * i]),
    propertyNames: ["length", "id"],
    bigEndian: true,
    count: 0,
  }),
];

/** Files of MRtrix to damage. */
export const TCK_SAMPLES: readonly Uint8Array[] = [
  tckFile({ streamlines: LINES, lines: ["datatype: Float32LE", "command_history: tckgen"] }),
  tckFile({ streamlines: LINES, datatype: "Float64BE" }),
];
