import { tckFile } from "./tck-builder.ts";
import { trkFile } from "./trk-builder.ts";
import { ttFile } from "./tt-builder.ts";
import { zipFile } from "./zip-builder.ts";

const LINES = [5, 2, 0, 7].map((length, i) =>
  Array.from({ length }, (_, k) => [10 * i + k, 3 * k, i * k + 0.5]),
);

const TRK_SAMPLES: readonly Uint8Array[] = [
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

const TCK_SAMPLES: readonly Uint8Array[] = [
  tckFile({ streamlines: LINES, lines: ["datatype: Float32LE", "command_history: tckgen"] }),
  tckFile({ streamlines: LINES, datatype: "Float64BE" }),
];

const POINTS = LINES.flat();

/** In 1/32 of a voxel. */
const TRACTS = LINES.filter((line) => line.length > 0).map((line) =>
  line.map((point) => point.map(Math.floor)),
);

function trxFile(deflate: boolean): Uint8Array {
  const offsets = LINES.map((_, i) => BigInt(LINES.slice(0, i).flat().length));
  const files = {
    "header.json": JSON.stringify({ NB_STREAMLINES: LINES.length, NB_VERTICES: POINTS.length }),
    "positions.3.float32": new Uint8Array(new Float32Array(POINTS.flat()).buffer),
    "offsets.uint64": new Uint8Array(new BigUint64Array(offsets).buffer),
    "dpv/fa.float16": new Uint8Array(new Float16Array(POINTS.map((_, i) => i / 9)).buffer),
    "dps/id.int16": new Uint8Array(new Int16Array(LINES.map((_, i) => i)).buffer),
    "groups/left.uint32": new Uint8Array(new Uint32Array([0, 3]).buffer),
    "dpg/left/mean.float32": new Uint8Array(new Float32Array([0.5]).buffer),
  };
  const parts = Object.entries(files).map(([name, content]) => ({ name, content, deflate, zip64: deflate }));
  return zipFile(parts);
}

/** Streamlines to damage, by the extension of the format. */
export const STREAMLINE_SAMPLES = {
  trk: TRK_SAMPLES,
  tck: TCK_SAMPLES,
  trx: [trxFile(false), trxFile(true)],
  tt: [ttFile(TRACTS), ttFile(TRACTS, [-1, 0, 0, 78, 0, -1, 0, 76, 0, 0, 1, -50, 0, 0, 0, 1])],
};
