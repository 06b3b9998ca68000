import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { describeFolder } from "./describe-folder.ts";
import { DETECTION_BYTES } from "./detection-bytes.ts";
import type { FileHead, Format } from "./format.ts";
import { gunzipHead, isGzip } from "./gzip.ts";
import { DataError, describeSystemError, formatBytes, LoadError, nameOf } from "./load-error.ts";
import { describeUnknown, detectFormat, type FormatId, fileHead } from "./registry.ts";

export interface FileInspection {
  readonly format: Format<FormatId>;
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** Estimated peak memory for showing the file, bytes; see `Format.estimateMemory`. */
  readonly memoryBytes: number;
  /** Whether the file has only values for the data of another file. */
  readonly isOverlay: boolean;
}

const TAIL_BYTES = 1024;

/**
 * Checks that a file exists, is readable, has a known format and a plausible header, before a renderer is started for it.
 * This reads at most 66 kB and needs about a millisecond, since it does not import three.js.
 *
 * @throws LoadError
 */
export function inspectFile(path: string): FileInspection {
  // stat precedes open: opening a FIFO waits for a writer, and opening a device can have side effects.
  checkRegular(path, readStats(path));
  const fd = attempt(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const stats = fstatSync(fd);
    checkRegular(path, stats);
    const bytes = stats.size;
    // An empty .foam file stands for the folder that it is in.
    if (bytes === 0 && !path.endsWith(".foam")) throw new LoadError(path, "the file is empty");
    const start = readAt(path, fd, 0, Math.min(bytes, DETECTION_BYTES));
    const tail = readAt(path, fd, Math.max(0, bytes - TAIL_BYTES), Math.min(bytes, TAIL_BYTES));
    const head = isGzip(start) ? compressedHead(start, path, tail) : fileHead(start, nameOf(path), bytes);
    const format = detectFormat(head);
    if (format === undefined) throw new LoadError(path, describeUnknown(head));
    // The decompressed size in a gzip trailer is not reliable enough to reject a file before it is read.
    if (!isGzip(start)) format.checkHeader?.(path, head, tail);
    const { limit, name } = format;
    if (limit !== undefined && bytes > limit.bytes) {
      const reason = `${formatBytes(bytes)} exceeds the limit of ${formatBytes(limit.bytes)}; ${limit.advice}`;
      throw new LoadError(path, reason, { format: name });
    }
    const memoryBytes = estimateMemory(path, format, head, isGzip(start));
    return { format, bytes, memoryBytes, isOverlay: format.isOverlay?.(head) ?? false };
  } finally {
    closeSync(fd);
  }
}

/** Returns 0 for a compressed file whose header cannot be parsed with the size in the trailer: its reader reports the error. */
function estimateMemory(path: string, format: Format, head: FileHead, isCompressed: boolean): number {
  try {
    return format.estimateMemory(head);
  } catch (error) {
    if (isCompressed) return 0;
    if (error instanceof DataError) {
      throw new LoadError(path, error.message, { format: format.name, cause: error });
    }
    throw error;
  }
}

/** The decompressed head of a gzip file. Its `size` is the decompressed size in the trailer, which is modulo 4 GiB. */
function compressedHead(start: Uint8Array, path: string, tail: Uint8Array): FileHead {
  const head = gunzipHead(start).subarray(0, DETECTION_BYTES);
  if (head.length === 0) throw new LoadError(path, "the gzip data is cut off or damaged");
  const size = new DataView(tail.buffer, tail.byteOffset, tail.byteLength).getUint32(
    tail.byteLength - 4,
    true,
  );
  return fileHead(head, nameOf(path).replace(/\.gz$/i, ""), size);
}

function readStats(path: string): Stats {
  if (path === "") throw new LoadError("(no name)", "give the path of a file");
  return attempt(path, () => statSync(path));
}

function checkRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  if (stats.isDirectory())
    throw new LoadError(
      path,
      attempt(path, () => describeFolder(path)),
    );
  const kind = stats.isFIFO() ? "a pipe" : stats.isSocket() ? "a socket" : "a device";
  throw new LoadError(path, `this is ${kind}, not a regular file; save the data to a file first`);
}

function attempt<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new LoadError(path, describeSystemError(error), { cause: error });
  }
}

function readAt(path: string, fd: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = attempt(path, () => readSync(fd, bytes, filled, length - filled, position + filled));
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
