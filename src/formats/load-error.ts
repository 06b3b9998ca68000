import { readlinkSync } from "node:fs";

/** Position of a defect in a file: a byte offset from 0, or a line number from 1. */
export type FilePosition = { readonly byte: number } | { readonly line: number };

export interface LoadErrorDetails {
  /** Name of the detected format ("PLY", "GLB", …). */
  readonly format?: string;
  readonly position?: FilePosition;
  readonly cause?: unknown;
}

const MAX_FILE_NAME = 160;
const MAX_REASON = 380;

/**
 * A file that cannot be shown. The message is one or two sentences for the user, below 600 characters and free of control
 * characters: `FILE: FORMAT, line N: what is wrong; what to do`.
 */
export class LoadError extends Error {
  /** The path as it was given. */
  readonly file: string;
  /** The message without the file name, the format and the position. */
  readonly reason: string;
  readonly format: string | undefined;
  readonly position: FilePosition | undefined;

  constructor(file: string, reason: string, details: LoadErrorDetails = {}) {
    const { format, position, cause } = details;
    const location = [format, position && describePosition(position)].filter((part) => part !== undefined);
    const prefix = `${shortenStart(fileLabel(file), MAX_FILE_NAME)}: `;
    super(prefix + [...location, shortenEnd(printable(reason), MAX_REASON)].join(": "), { cause });
    this.name = "LoadError";
    this.file = file;
    this.reason = reason;
    this.format = format;
    this.position = position;
  }
}

/** A defect of a file, with a message for the user. `loadScene` adds the names of the file and the format. */
export class DataError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** Path of an open file of a process, such as the copy of standard input. */
const OPEN_FILE = /^\/proc\/\d+\/fd\/\d+$/;

/** The path of a file for messages. */
export function fileLabel(path: string): string {
  return OPEN_FILE.test(path) ? "standard input" : printable(path);
}

/** The name that a file has or, if it is open without a name, had; for its extension. */
export function nameOf(path: string): string {
  return OPEN_FILE.test(path) ? readlinkSync(path).replace(/ \(deleted\)$/, "") : path;
}

function describePosition(position: FilePosition): string {
  return "line" in position ? `line ${position.line}` : `byte ${position.byte}`;
}

/** Makes untrusted text safe for terminals and pages: replaces control characters by "?", and white space by one space. */
export function printable(text: string): string {
  return text.replace(/\s+/g, " ").replace(/\p{C}/gu, "?");
}

/** Quotes an excerpt of a file for a message, shortened to `length` characters. */
export function quote(text: string, length = 40): string {
  return `"${shortenEnd(printable(text.trim()), length)}"`;
}

/** Describes a failed system call on a file. */
export function describeSystemError(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  switch (code) {
    case "ENOENT":
      return "there is no such file";
    case "EACCES":
    case "EPERM":
      return "no permission to read this file; change it with chmod, or run as its owner";
    case "ENOTDIR":
      return "there is no such file: a part of the path is not a directory";
    case "ELOOP":
      return "there is no such file: its symbolic links form a loop";
    case "ENAMETOOLONG":
      return "the file name is too long";
    default:
      return `cannot be read (${code ?? (error instanceof Error ? error.message : String(error))})`;
  }
}

/** Formats a number of bytes: "812 bytes", "2.4 MB", "48 GB". */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  const units = ["kB", "MB", "GB", "TB", "PB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : value.toFixed(0)} ${units[unit]}`;
}

function shortenEnd(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function shortenStart(text: string, length: number): string {
  return text.length <= length ? text : `…${text.slice(text.length - length + 1)}`;
}
