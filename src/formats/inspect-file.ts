import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { DETECTION_BYTES, type Format } from "./format.ts";
import { describeSystemError, formatBytes, LoadError } from "./load-error.ts";
import { describeUnknown, detectFormat, type FormatId, fileHead } from "./registry.ts";

export interface FileInspection {
  readonly format: Format<FormatId>;
  /** Size of the file in bytes. */
  readonly bytes: number;
}

/** The file is held in one ArrayBuffer, which three.js addresses with 32-bit offsets. */
const MAX_FILE_BYTES = 2 ** 31 - 1;

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
    if (bytes === 0) throw new LoadError(path, "the file is empty");
    if (bytes > MAX_FILE_BYTES) throw new LoadError(path, describeTooLarge(bytes, MAX_FILE_BYTES));
    const head = fileHead(readAt(path, fd, 0, Math.min(bytes, DETECTION_BYTES)), path, bytes);
    const format = detectFormat(head);
    if (format === undefined) throw new LoadError(path, describeUnknown(head));
    const tail = readAt(path, fd, Math.max(0, bytes - TAIL_BYTES), Math.min(bytes, TAIL_BYTES));
    format.checkHeader?.(path, head, tail);
    const { limit, name } = format;
    if (limit !== undefined && bytes > limit.bytes) {
      const reason = `${describeTooLarge(bytes, limit.bytes)}, or ${limit.advice}`;
      throw new LoadError(path, reason, { format: name });
    }
    return { format, bytes };
  } finally {
    closeSync(fd);
  }
}

function readStats(path: string): Stats {
  if (path === "") throw new LoadError("(no name)", "give the path of a file");
  return attempt(path, () => statSync(path));
}

function checkRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return;
  if (stats.isDirectory()) throw new LoadError(path, "this is a directory; give a file in it");
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

function describeTooLarge(bytes: number, limit: number): string {
  return `${formatBytes(bytes)} exceeds the limit of ${formatBytes(limit)}; simplify the mesh`;
}
