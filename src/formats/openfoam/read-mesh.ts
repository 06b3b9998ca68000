import type { NumericArray } from "../data-kinds.ts";
import { DataError, quote } from "../load-error.ts";
import { packCellLists } from "../vtk/cell-lists.ts";
import type { CellLists, PointValues } from "../vtk/vtk-dataset.ts";
import type { FoamCase } from "./foam-case.ts";
import { type FoamHeader, FoamReader } from "./foam-reader.ts";

export interface PolyMesh {
  readonly points: PointValues;
  /** The faces at the boundary. */
  readonly faces: CellLists;
  /** The cell of each of these faces. */
  readonly owners: Uint32Array;
  /** Number of cells. */
  readonly cells: number;
}

/**
 * Reads the mesh of a time step: that of the latest time folder that has one, else of constant/polyMesh.
 *
 * @throws DataError
 */
export async function readPolyMesh(foam: FoamCase, step: number): Promise<PolyMesh> {
  const points = await readList(foam, step, "points", async (reader, header) =>
    reader.numbers(await reader.count(), 3, header.scalar, header),
  );
  const owner = await readList(foam, step, "owner", readLabels);
  const neighbour = await readList(foam, step, "neighbour", readLabels);
  const { offsets, connectivity } = await readList(foam, step, "faces", readFaces);
  const faceCount = offsets.length - 1;
  if (owner.length !== faceCount)
    throw new DataError(`its mesh has ${faceCount} faces, but owners of ${owner.length}: it is damaged`);
  // Old files have -1 for faces without a neighbour, which are the last.
  const internal = neighbour.findIndex((cell) => cell < 0);
  const first = internal < 0 ? neighbour.length : internal;
  if (first > faceCount)
    throw new DataError(`its mesh has ${faceCount} faces, but neighbours of ${first}: it is damaged`);
  let cells = 0;
  for (const cell of owner) {
    if (cell < 0 || cell >= faceCount)
      throw new DataError(`a face of its mesh has the owner ${cell}: it is damaged`);
    if (cell >= cells) cells = cell + 1;
  }
  const values =
    points instanceof Float32Array || points instanceof Float64Array ? points : Float64Array.from(points);
  return {
    points: values,
    faces: { offsets: offsets.subarray(first), connectivity },
    owners: Uint32Array.from(owner.subarray(first)),
    cells,
  };
}

/** Reads a file of the mesh. */
async function readList<T>(
  foam: FoamCase,
  step: number,
  name: string,
  read: (reader: FoamReader, header: FoamHeader) => Promise<T>,
): Promise<T> {
  const path = foam.meshFile(step, name);
  await using source = await foam.files.open(path);
  const reader = new FoamReader(source);
  try {
    return await read(reader, await reader.header());
  } catch (error) {
    throw error instanceof DataError
      ? new DataError(`${quote(path)}: ${error.message}`, { cause: error })
      : error;
  }
}

async function readLabels(reader: FoamReader, header: FoamHeader): Promise<NumericArray> {
  const count = await reader.count();
  const labels = await reader.numbers(count, 1, header.label, header);
  if (labels.length < count) throw new DataError(`it is cut off: it has ${labels.length} of ${count} labels`);
  return labels;
}

async function readFaces(reader: FoamReader, header: FoamHeader): Promise<CellLists> {
  const count = await reader.count();
  if (header.className === "faceCompactList") {
    if (count === 0) throw new DataError("it has no faces");
    const offsets = await reader.numbers(count, 1, header.label, header);
    const connectivity = await readLabels(reader, header);
    return {
      offsets: checkedOffsets(offsets, count, connectivity.length),
      connectivity: indices(connectivity),
    };
  }
  if (header.isBinary) throw new DataError(`it is a binary ${quote(header.className)}, which cannot be read`);
  return packCellLists(indices(await reader.allTextNumbers()), count);
}

function checkedOffsets(offsets: NumericArray, count: number, length: number): Uint32Array {
  const isAscending = offsets.every((offset, i) => offset >= (i === 0 ? 0 : (offsets[i - 1] ?? 0)));
  if (offsets.length < count || !isAscending || (offsets.at(-1) ?? 0) > length)
    throw new DataError("the starts of its faces are damaged");
  return indices(offsets);
}

/** Labels as indices. Negative ones become larger than any number of points. */
function indices(labels: NumericArray): Uint32Array {
  return labels instanceof Int32Array
    ? new Uint32Array(labels.buffer, labels.byteOffset, labels.length)
    : Uint32Array.from(labels, (label) => (label >= 0 && label < 2 ** 32 ? label : 0xff_ff_ff_ff));
}
