import type { FileSource } from "../file-source.ts";
import { DataError } from "../load-error.ts";
import { type DcdRecords, readMarker } from "./dcd-header.ts";

/** The unit cell: six doubles. */
const CELL_BYTES = 48;

export interface DcdLayout extends Pick<DcdRecords, "littleEndian" | "markerBytes"> {
  readonly format: "dcd";
  readonly hasCell: boolean;
  readonly hasFourthAxis: boolean;
  /** See `DcdHeader.free`. */
  readonly free: Uint32Array | undefined;
}

/** Size of a frame, bytes: a record for the cell if there is one, and one for each axis. */
export function dcdFrameBytes(
  { hasCell, hasFourthAxis, markerBytes }: Omit<DcdLayout, "format" | "free">,
  atoms: number,
): number {
  return cellBytes(hasCell, markerBytes) + (hasFourthAxis ? 4 : 3) * (4 * atoms + 2 * markerBytes);
}

function cellBytes(hasCell: boolean, markerBytes: number): number {
  return hasCell ? CELL_BYTES + 2 * markerBytes : 0;
}

/**
 * Reads the positions of a frame: x, y, z of each atom, Å. Atoms that do not move have those of the first frame.
 *
 * @throws DataError if the frame is damaged
 */
export async function readDcdFrame(
  source: FileSource,
  layout: DcdLayout,
  atoms: number,
  offset: number,
  firstOffset: number,
): Promise<Float32Array> {
  const { free } = layout;
  if (free === undefined || offset === firstOffset) {
    const positions = new Float32Array(3 * atoms);
    await readAxes(source, layout, atoms, offset, (i, axis, value) => {
      positions[3 * i + axis] = value;
    });
    return positions;
  }
  const positions = await readDcdFrame(source, layout, atoms, firstOffset, firstOffset);
  await readAxes(source, layout, free.length, offset, (i, axis, value) => {
    positions[3 * (free[i] ?? 0) + axis] = value;
  });
  return positions;
}

async function readAxes(
  source: FileSource,
  layout: DcdLayout,
  count: number,
  offset: number,
  put: (atom: number, axis: number, value: number) => void,
): Promise<void> {
  const { littleEndian, markerBytes, hasCell } = layout;
  const start = cellBytes(hasCell, markerBytes);
  const recordBytes = 4 * count + 2 * markerBytes;
  const bytes = new Uint8Array(3 * recordBytes);
  if (offset + start + bytes.length > source.maxBytes) throw new DataError("it is cut off");
  await source.readAt(bytes, offset + start);
  const view = new DataView(bytes.buffer);
  for (let axis = 0; axis < 3; axis += 1) {
    const first = axis * recordBytes;
    const sizes = [first, first + 4 * count + markerBytes].map((at) => readMarker(view, at, layout));
    if (sizes.some((size) => size !== 4 * count))
      throw new DataError(`its ${"xyz"[axis]} has ${sizes[0]} bytes for ${count} atoms: it is damaged`);
    for (let i = 0; i < count; i += 1)
      put(i, axis, view.getFloat32(first + markerBytes + 4 * i, littleEndian));
  }
}
