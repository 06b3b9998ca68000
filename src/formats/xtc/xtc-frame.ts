import type { FileSource } from "../file-source.ts";
import { DataError } from "../load-error.ts";
import { decodeCoordinates } from "./xtc-coordinates.ts";

const MAGIC = 1995;
/** Magic number, atoms, step, time, and the box of nine numbers; then the number of atoms again. */
const START_BYTES = 56;
/** With the precision, the range of the integers, the index of their size, and the number of compressed bytes. */
export const XTC_HEADER_BYTES = 92;
/** Frames of up to nine atoms have plain numbers. */
const MAX_PLAIN_ATOMS = 9;
/** XTC is in nanometres, molecules are in angstroms. */
const ANGSTROMS = 10;

export interface XtcFrame {
  readonly atoms: number;
  /** ps. */
  readonly time: number;
  /** Size of the frame, bytes. */
  readonly bytes: number;
}

/**
 * Parses the header of a frame, all numbers of which are big-endian.
 *
 * @param head `XTC_HEADER_BYTES`, or fewer at the end of the file
 * @returns undefined if it is cut off
 * @throws DataError if it is not a frame
 */
export function parseXtcFrame(head: Uint8Array): XtcFrame | undefined {
  if (head.length < START_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const atoms = view.getInt32(4);
  if (view.getInt32(0) !== MAGIC || atoms <= 0 || view.getInt32(52) !== atoms)
    throw new DataError("its header is damaged");
  const time = view.getFloat32(12);
  if (atoms <= MAX_PLAIN_ATOMS) return { atoms, time, bytes: START_BYTES + 12 * atoms };
  if (head.length < XTC_HEADER_BYTES) return undefined;
  const compressed = view.getInt32(88);
  if (compressed < 0) throw new DataError(`it has ${compressed} compressed bytes`);
  return { atoms, time, bytes: XTC_HEADER_BYTES + Math.ceil(compressed / 4) * 4 };
}

/**
 * Reads the positions of a frame: x, y, z of each atom, Å.
 *
 * @throws DataError if the frame is damaged
 */
export async function readXtcFrame(source: FileSource, atoms: number, offset: number): Promise<Float32Array> {
  const head = new Uint8Array(Math.min(XTC_HEADER_BYTES, source.maxBytes - offset));
  await source.readAt(head, offset);
  const frame = parseXtcFrame(head);
  if (frame?.atoms !== atoms || offset + frame.bytes > source.maxBytes)
    throw new DataError("it was overwritten while it was shown");
  const bytes = new Uint8Array(frame.bytes);
  await source.readAt(bytes, offset);
  const view = new DataView(bytes.buffer);
  const positions = new Float32Array(3 * atoms);
  if (atoms <= MAX_PLAIN_ATOMS) {
    for (let i = 0; i < positions.length; i += 1)
      positions[i] = ANGSTROMS * view.getFloat32(START_BYTES + 4 * i);
    return positions;
  }
  const integers = (first: number): [number, number, number] => [
    view.getInt32(first),
    view.getInt32(first + 4),
    view.getInt32(first + 8),
  ];
  const precision = view.getFloat32(56);
  if (!(precision > 0)) throw new DataError("its precision is not a positive number");
  const encoding = {
    atoms,
    min: integers(60),
    max: integers(72),
    sizeIndex: view.getInt32(84),
    scale: ANGSTROMS / precision,
  };
  decodeCoordinates(
    bytes.subarray(XTC_HEADER_BYTES, XTC_HEADER_BYTES + view.getInt32(88)),
    encoding,
    positions,
  );
  return positions;
}
