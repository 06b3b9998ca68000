import { DataError, formatBytes, quote } from "../load-error.ts";

/** A file in a ZIP archive. */
export interface ZipEntry {
  /** Path with slashes. */
  readonly name: string;
  /** 0: stored, 8: deflated. */
  readonly method: number;
  readonly compressedBytes: number;
  readonly bytes: number;
  /** Offset of the local header in the archive. */
  readonly localHeader: number;
}

/** Reads bytes of the archive at an offset. */
export type ReadAt = (target: Uint8Array, offset: number) => Promise<void>;

const END = { signature: 0x06054b50, bytes: 22 } as const;
const END_64 = { signature: 0x06064b50, bytes: 56, locatorSignature: 0x07064b50, locatorBytes: 20 } as const;
const ENTRY = { signature: 0x02014b50, bytes: 46 } as const;
const MAX_COMMENT = 0xffff;
/** Marks a value that is in the ZIP64 extra field. */
const IN_EXTRA = 0xff_ff_ff_ff;
const EXTRA_64 = 1;
const ENCRYPTED = 1;

/** Maximum size of the central directory: that of 100,000 files with long names. */
const MAX_DIRECTORY_BYTES = 2 ** 24;

/** Maximum compression ratio, against decompression bombs: deflate reaches 1032:1, streamlines and volumes less than 100:1. */
const MAX_RATIO = 256;
const ALWAYS_ALLOWED_BYTES = 2 ** 28;

/**
 * Reads the central directory of a ZIP archive (APPNOTE.TXT of PKWARE), with the ZIP64 extensions. Directories are left out.
 *
 * @param size of the archive, bytes
 * @throws DataError
 */
export async function readZipDirectory(readAt: ReadAt, size: number): Promise<ZipEntry[]> {
  const { start, bytes } = await findDirectory(readAt, size);
  if (bytes > MAX_DIRECTORY_BYTES) {
    throw new DataError(`the directory of the archive has ${formatBytes(bytes)}: it is damaged`);
  }
  if (start < 0 || start + bytes > size)
    throw new DataError("the directory of the archive is outside of the file");
  const view = await readView(readAt, start, bytes);
  const entries: ZipEntry[] = [];
  let offset = 0;
  while (offset + ENTRY.bytes <= bytes && view.getUint32(offset, true) === ENTRY.signature) {
    const length = [28, 30, 32].reduce(
      (sum, field) => sum + view.getUint16(offset + field, true),
      ENTRY.bytes,
    );
    if (offset + length > bytes) break;
    const entry = parseEntry(view, offset);
    if (!entry.name.endsWith("/")) entries.push(entry);
    offset += length;
  }
  checkSizes(entries, size);
  return entries;
}

/** Finds the central directory by the record at the end of the archive, which can be followed by a comment. */
async function findDirectory(readAt: ReadAt, size: number): Promise<{ start: number; bytes: number }> {
  const tailBytes = Math.min(size, END.bytes + MAX_COMMENT);
  const tail = await readView(readAt, size - tailBytes, tailBytes);
  let end = tailBytes - END.bytes;
  while (end >= 0 && tail.getUint32(end, true) !== END.signature) end -= 1;
  if (end < 0) throw new DataError("the archive has no directory: the file is cut off");
  const bytes = tail.getUint32(end + 12, true);
  const start = tail.getUint32(end + 16, true);
  const locator = end - END_64.locatorBytes;
  const isZip64 = locator >= 0 && tail.getUint32(locator, true) === END_64.locatorSignature;
  if (!isZip64) return { start, bytes };
  const record = bigNumber(tail, locator + 8);
  if (record + END_64.bytes > size)
    throw new DataError("the directory of the archive is outside of the file");
  const view = await readView(readAt, record, END_64.bytes);
  if (view.getUint32(0, true) !== END_64.signature)
    throw new DataError("the directory of the archive is damaged");
  return { bytes: bigNumber(view, 40), start: bigNumber(view, 48) };
}

function parseEntry(view: DataView, offset: number): ZipEntry {
  const nameBytes = view.getUint16(offset + 28, true);
  const bytes = new Uint8Array(view.buffer, view.byteOffset + offset + ENTRY.bytes, nameBytes);
  const name = new TextDecoder().decode(bytes).replaceAll("\\", "/");
  if ((view.getUint16(offset + 8, true) & ENCRYPTED) !== 0) {
    throw new DataError(`${quote(name)} in the archive is encrypted`);
  }
  const fields = { bytes: 24, compressedBytes: 20, localHeader: 42 };
  const entry = {
    name,
    method: view.getUint16(offset + 10, true),
    bytes: 0,
    compressedBytes: 0,
    localHeader: 0,
  };
  const extra = offset + ENTRY.bytes + nameBytes;
  let extra64 = findExtra64(view, extra, extra + view.getUint16(offset + 30, true));
  // The ZIP64 extra field has only the values that are marked, in this order.
  for (const field of ["bytes", "compressedBytes", "localHeader"] as const) {
    const value = view.getUint32(offset + fields[field], true);
    entry[field] = value;
    if (value !== IN_EXTRA || extra64 === undefined || extra64 + 8 > view.byteLength) continue;
    entry[field] = bigNumber(view, extra64);
    extra64 += 8;
  }
  return entry;
}

/** The offset of the values in the ZIP64 extra field. */
function findExtra64(view: DataView, start: number, end: number): number | undefined {
  for (let at = start; at + 4 <= end; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) === EXTRA_64) return at + 4;
  }
  return undefined;
}

/** Refuses decompression bombs: high ratios, and files that share compressed data. */
function checkSizes(entries: readonly ZipEntry[], size: number): void {
  const total = entries.reduce((sum, { compressedBytes }) => sum + compressedBytes, 0);
  if (total > size) throw new DataError("the files in the archive overlap, as in a decompression bomb");
  const expanded = entries.reduce((sum, { bytes }) => sum + bytes, 0);
  if (expanded <= ALWAYS_ALLOWED_BYTES + MAX_RATIO * size) return;
  throw new DataError(
    `its ${formatBytes(size)} expand to ${formatBytes(expanded)}, as in a decompression bomb; if you trust the file, unpack it and pack it again without compression (zip -0)`,
  );
}

function bigNumber(view: DataView, offset: number): number {
  return Number(view.getBigUint64(offset, true));
}

async function readView(readAt: ReadAt, offset: number, length: number): Promise<DataView> {
  const bytes = new Uint8Array(length);
  await readAt(bytes, offset);
  return new DataView(bytes.buffer);
}
