import { readFileSync } from "node:fs";
import type { LazPerf } from "laz-perf/lib/node/laz-perf.js";
import wasmPath from "laz-perf/lib/node/laz-perf.wasm" with { type: "file" };
import type { Points } from "../data-kinds.ts";
import type { FileSource } from "../file-source.ts";
import { DataError } from "../load-error.ts";
import { RecordPoints } from "../points/record-points.ts";
import { type LasHeader, MAX_LAZ_POINTS_PER_BYTE } from "./las-header.ts";

/** Number of records that are decompressed at a time. */
const ROWS = 4096;

/** Share of the header's box by which points may be outside, which some programs round. */
const TOLERANCE = 0.01;

const DAMAGED = "its compressed points are damaged or cut off; copy the file again";

/**
 * Reads LAZ with the laz-perf library in WebAssembly, in whose memory the file is as a whole.
 *
 * @param source at the start of the file
 */
export async function readLaz(source: FileSource, header: LasHeader): Promise<Points> {
  const { layout, points } = header;
  const size = await source.size();
  // Before the decoder, which takes 5 to 15 ms, is made for nothing.
  await checkChunks(source, size, header);
  const laz = await instantiate();
  try {
    const file = laz._malloc(size);
    if (file === 0) throw new DataError("it needs more memory than WebAssembly has; save it as LAS");
    await source.readInto(laz.HEAPU8.subarray(file, file + size));
    const decoder = new laz.LASZip();
    decoder.open(file, size);
    if (decoder.getPointLength() !== layout.rowBytes) throw new DataError(DAMAGED);
    const rows = laz._malloc(ROWS * layout.rowBytes);
    const records = new RecordPoints(layout, points);
    for (let row = 0; row < points; row += ROWS) {
      const count = Math.min(ROWS, points - row);
      for (let i = 0; i < count; i += 1) decoder.getPoint(rows + i * layout.rowBytes);
      records.append(laz.HEAPU8.slice(rows, rows + count * layout.rowBytes), count);
    }
    const data = records.finish([]);
    const outside = countOutside(data, header);
    // The compression has no checksum: after a damaged byte, the points of its chunk are at random places.
    if (outside > 0) {
      data.warnings.push(
        `${outside} of ${points} points are outside of the box that the header declares: the file is probably damaged`,
      );
    }
    return data;
  } catch (error) {
    // C++ exceptions arrive as numbers or texts, and access outside of WebAssembly's memory as its errors.
    const isDecoder = /^(number|string)$/.test(typeof error) || error instanceof WebAssembly.RuntimeError;
    if (!isDecoder) throw error;
    throw new DataError(DAMAGED, { cause: error });
  }
}

/** Number of points outside of the header's box, with some tolerance. */
function countOutside({ origin, vertices }: Points, { min, max }: LasHeader): number {
  const low = min.map(
    (value, axis) => value - TOLERANCE * ((max[axis] ?? 0) - value + 1) - (origin[axis] ?? 0),
  );
  const high = max.map(
    (value, axis) => value + TOLERANCE * (value - (min[axis] ?? 0) + 1) - (origin[axis] ?? 0),
  );
  const [lowX = 0, lowY = 0, lowZ = 0] = low;
  const [highX = 0, highY = 0, highZ = 0] = high;
  const { positions } = vertices;
  let outside = 0;
  for (let i = 0; i + 2 < positions.length; i += 3) {
    const x = positions[i] ?? 0;
    const y = positions[i + 1] ?? 0;
    const z = positions[i + 2] ?? 0;
    const isInside = x >= lowX && x <= highX && y >= lowY && y <= highY && z >= lowZ && z <= highZ;
    if (!isInside) outside += 1;
  }
  return outside;
}

/** Checks the place and the number of the chunks, whose table is at the end of the file. */
async function checkChunks(source: FileSource, size: number, { start, points }: LasHeader): Promise<void> {
  if (size < start + 8 || points > MAX_LAZ_POINTS_PER_BYTE * size) throw new DataError(DAMAGED);
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  await source.readAt(bytes, start);
  const table = Number(view.getBigInt64(0, true));
  if (table < start + 8 || table + 8 > size) throw new DataError(DAMAGED);
  await source.readAt(bytes, table);
  const chunks = view.getUint32(4, true);
  if (chunks === 0 || chunks > points || chunks > size) throw new DataError(DAMAGED);
}

let compiled: WebAssembly.Module | undefined;

/** Makes an instance for a file: its memory never shrinks, and damaged data can leave it in any state. */
async function instantiate(): Promise<LazPerf> {
  const { default: create } = await import("laz-perf/lib/node/laz-perf.js");
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => process.rawListeners(event));
  // Compiled once: that needs 7 ms.
  compiled ??= new WebAssembly.Module(readFileSync(wasmPath));
  const module = compiled;
  const created = create({
    instantiateWasm: (imports, receive) => {
      const instance = new WebAssembly.Instance(module, imports);
      receive(instance);
      return instance.exports;
    },
    printErr: () => {},
  });
  // laz-perf adds process listeners that rethrow errors of other code.
  for (const [i, event] of events.entries()) {
    for (const listener of process.rawListeners(event)) {
      if (before[i]?.includes(listener) === false) process.removeListener(event, listener as () => void);
    }
  }
  return created;
}
