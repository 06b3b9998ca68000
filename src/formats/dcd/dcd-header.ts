import type { FileSource } from "../file-source.ts";
import { DataError } from "../load-error.ts";

/** Size of the first record, by which the byte order is detected. */
const CONTROL_BYTES = 84;
/** Maximum size of a record of the header: lines of the title of 80 characters, or a list of atoms. */
const MAX_RECORD_BYTES = 2 ** 28;

/** Fortran's records: each has its size before and after it. */
export interface DcdRecords {
  readonly littleEndian: boolean;
  /** Size of the sizes, bytes; 8 by some compilers. */
  readonly markerBytes: 4 | 8;
  /** "CORD" or "VELD". */
  readonly magic: string;
}

export interface DcdHeader extends DcdRecords {
  /** Number of frames that it declares; can be 0 or wrong. */
  readonly declared: number;
  readonly atoms: number;
  /** Indices of the atoms that move; undefined: all. Frames after the first have no others. */
  readonly free: Uint32Array | undefined;
  readonly hasCell: boolean;
  readonly hasFourthAxis: boolean;
  /** Offset of the first frame, bytes. */
  readonly start: number;
}

export function detectDcd(head: Uint8Array): DcdRecords | undefined {
  if (head.length < 12) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  for (const littleEndian of [true, false]) {
    for (const markerBytes of [4, 8] as const) {
      const magic = String.fromCharCode(...head.subarray(markerBytes, markerBytes + 4));
      if (magic !== "CORD" && magic !== "VELD") continue;
      if (readMarker(view, 0, { littleEndian, markerBytes }) === CONTROL_BYTES)
        return { littleEndian, markerBytes, magic };
    }
  }
  return undefined;
}

export function readMarker(
  view: DataView,
  offset: number,
  { littleEndian, markerBytes }: Pick<DcdRecords, "littleEndian" | "markerBytes">,
): number {
  return markerBytes === 4
    ? view.getInt32(offset, littleEndian)
    : Number(view.getBigInt64(offset, littleEndian));
}

/**
 * Reads the header.
 *
 * @see https://www.ks.uiuc.edu/Research/vmd/plugins/molfile/dcdplugin.html
 * @throws DataError
 */
export async function readDcdHeader(source: FileSource): Promise<DcdHeader> {
  const head = new Uint8Array(Math.min(16, source.maxBytes));
  await source.readAt(head, 0);
  const records = detectDcd(head);
  if (records === undefined) throw new DataError("it does not have a DCD header");
  if (records.magic === "VELD") throw new DataError("it has velocities, not positions");
  const { littleEndian, markerBytes } = records;
  let offset = 0;
  const readRecord = async (name: string): Promise<DataView> => {
    const size = new DataView(new ArrayBuffer(markerBytes));
    const rest = source.maxBytes - offset - 2 * markerBytes;
    if (rest < 0) throw new DataError(`it is cut off before its ${name}`);
    await source.readAt(new Uint8Array(size.buffer), offset);
    const bytes = readMarker(size, 0, records);
    if (bytes < 0 || bytes > MAX_RECORD_BYTES)
      throw new DataError(`its ${name} has a size of ${bytes} bytes`);
    if (bytes > rest) throw new DataError(`it is cut off in its ${name}`);
    const record = new Uint8Array(bytes + markerBytes);
    await source.readAt(record, offset + markerBytes);
    const view = new DataView(record.buffer, 0, bytes);
    if (readMarker(new DataView(record.buffer), bytes, records) !== bytes)
      throw new DataError(`the end of its ${name} is damaged`);
    offset += bytes + 2 * markerBytes;
    return view;
  };
  const control = await readRecord("control record");
  const value = (i: number): number => control.getInt32(4 + 4 * i, littleEndian);
  // Programs other than X-PLOR have a version of CHARMM here; without it, the fields are not defined.
  const isCharmm = value(19) !== 0;
  await readRecord("title");
  const counts = await readRecord("number of atoms");
  const atoms = counts.byteLength < 4 ? 0 : counts.getInt32(0, littleEndian);
  if (atoms <= 0) throw new DataError(`its number of atoms is ${atoms}`);
  const fixed = value(8);
  if (fixed < 0 || fixed >= atoms) throw new DataError(`it has ${fixed} fixed of ${atoms} atoms`);
  const free =
    fixed === 0 ? undefined : freeAtoms(await readRecord("list of atoms"), atoms, fixed, littleEndian);
  const flags = { hasCell: isCharmm && value(10) !== 0, hasFourthAxis: isCharmm && value(11) === 1 };
  return { ...records, declared: value(0), atoms, free, ...flags, start: offset };
}

function freeAtoms(record: DataView, atoms: number, fixed: number, littleEndian: boolean): Uint32Array {
  const count = atoms - fixed;
  if (record.byteLength < 4 * count) throw new DataError("its list of moving atoms is too short");
  const free = Uint32Array.from({ length: count }, (_, i) => record.getInt32(4 * i, littleEndian) - 1);
  if (free.some((atom) => atom >= atoms))
    throw new DataError("its list of moving atoms has one that does not exist");
  return free;
}
