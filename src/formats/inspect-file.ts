import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { GLTF_1_UNSUPPORTED } from "./gltf/gltf-error.ts";
import { formatBytes, LoadError } from "./load-error.ts";
import { parsePlyHeader } from "./ply/ply-header.ts";
import {
  DETECTION_BYTES,
  type Detection,
  detectFormat,
  FORMAT_NAMES,
  KNOWN_FORMATS,
  type MeshFormat,
} from "./registry.ts";
import { isTextStl, STL_HEADER_BYTES, STL_TRIANGLE_BYTES } from "./stl/stl-layout.ts";

export interface FileInspection {
  /** The path as it was given. */
  readonly path: string;
  readonly format: MeshFormat;
  readonly encoding: "text" | "binary";
  /** Size of the file in bytes. */
  readonly bytes: number;
}

/** Size limit for OBJ and glTF, which are parsed into JavaScript strings and numbers: about ten times the file's size in memory. */
const MAX_TEXT_BYTES = 512 * 2 ** 20;
/** One ArrayBuffer holds the file; three.js addresses it with 32-bit offsets. */
const MAX_BINARY_BYTES = 2 ** 31 - 1;

const TAIL_BYTES = 1024;

/**
 * Looks at a file before anything is started for it: does it exist, may it be read, is it a mesh that we know, can
 * its header be true. Reads at most 66 kB and does not import three.js, so it takes about a millisecond.
 *
 * @throws LoadError that says what is wrong
 */
export function inspectFile(path: string): FileInspection {
  // stat first: opening a FIFO waits for a writer, opening a device may do something.
  checkRegular(path, readStats(path));
  const fd = attempt(path, () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
  try {
    const stats = fstatSync(fd);
    checkRegular(path, stats);
    const bytes = stats.size;
    if (bytes === 0) throw new LoadError(path, "the file is empty");
    if (bytes > MAX_BINARY_BYTES) throw new LoadError(path, tooLarge(bytes, MAX_BINARY_BYTES));
    const head = readAt(path, fd, 0, Math.min(bytes, DETECTION_BYTES));
    const detection = detectFormat(head, path, bytes);
    if (detection.format === undefined) throw new LoadError(path, unknownFormat(detection));
    const tail = readAt(path, fd, Math.max(0, bytes - TAIL_BYTES), Math.min(bytes, TAIL_BYTES));
    const encoding = checkHeader(path, detection.format, head, tail, bytes);
    const parsesStrings = detection.format === "obj" || detection.format === "gltf";
    if (parsesStrings && bytes > MAX_TEXT_BYTES) {
      throw new LoadError(path, `${tooLarge(bytes, MAX_TEXT_BYTES)}, or save it as binary PLY or GLB`, {
        format: FORMAT_NAMES[detection.format],
      });
    }
    return { path, format: detection.format, encoding, bytes };
  } finally {
    closeSync(fd);
  }
}

/** The message for a failed system call on a file that somebody named. */
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
      return "there is no such file: its symbolic links lead in a circle";
    case "ENAMETOOLONG":
      return "the file name is too long";
    default:
      return `cannot be read (${code ?? (error instanceof Error ? error.message : String(error))})`;
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

function tooLarge(bytes: number, limit: number): string {
  return `${formatBytes(bytes)} is more than the ${formatBytes(limit)} that can be read; simplify the mesh`;
}

function unknownFormat({ extension, looksLike }: Detection): string {
  const promise =
    extension === undefined ? "" : `, not the ${FORMAT_NAMES[extension]} that its name promises`;
  return `this is ${looksLike}${promise}; files that can be shown: ${KNOWN_FORMATS}`;
}

function checkHeader(
  path: string,
  format: MeshFormat,
  head: Uint8Array,
  tail: Uint8Array,
  bytes: number,
): "text" | "binary" {
  switch (format) {
    case "ply":
      return parsePlyHeader(path, head, bytes).encoding === "ascii" ? "text" : "binary";
    case "glb":
      checkGlbHeader(path, head, bytes);
      return "binary";
    case "stl":
      return checkStlHeader(path, head, bytes);
    case "gltf":
      if (!new TextDecoder("latin1").decode(tail).trimEnd().endsWith("}")) {
        throw new LoadError(path, "the JSON does not end with }: the file is cut off", {
          format: "glTF",
          position: { byte: bytes },
        });
      }
      return "text";
    case "obj":
      return "text";
  }
}

const GLB_HEADER_BYTES = 20;
const JSON_CHUNK = 0x4e4f534a;

/** Checks the header of glTF 2.0's binary container (glTF 2.0, section 4.4) against the size of the file. */
export function checkGlbHeader(path: string, head: Uint8Array, bytes: number): void {
  const fail = (byte: number, reason: string): LoadError =>
    new LoadError(path, reason, { format: "GLB", position: { byte } });
  if (head.byteLength < GLB_HEADER_BYTES) {
    throw fail(head.byteLength, `the file is cut off in its header, after ${formatBytes(bytes)}`);
  }
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const version = view.getUint32(4, true);
  if (version === 1) throw fail(4, GLTF_1_UNSUPPORTED);
  if (version !== 2)
    throw fail(4, `version ${version} of glTF cannot be read, only version 2; convert the file`);
  const declared = view.getUint32(8, true);
  if (declared > bytes) {
    throw fail(
      bytes,
      `the header says ${formatBytes(declared)} (${declared}), but the file has ${formatBytes(bytes)} (${bytes}): it is cut off; copy it again`,
    );
  }
  const jsonBytes = view.getUint32(12, true);
  if (view.getUint32(16, true) !== JSON_CHUNK)
    throw fail(16, "the first chunk is not JSON: the file is damaged");
  if (GLB_HEADER_BYTES + jsonBytes > declared) {
    throw fail(
      12,
      `the JSON chunk claims ${formatBytes(jsonBytes)}, more than there is: the file is damaged`,
    );
  }
}

function checkStlHeader(path: string, head: Uint8Array, bytes: number): "text" | "binary" {
  if (isTextStl(head, bytes)) {
    if (bytes > head.byteLength || /\bvertex\s/i.test(new TextDecoder("latin1").decode(head))) return "text";
    throw new LoadError(path, "there are no triangles in it", { format: "STL" });
  }
  if (bytes < STL_HEADER_BYTES) {
    const reason = `the file is cut off in its header: it has ${formatBytes(bytes)}, the header takes ${STL_HEADER_BYTES} bytes`;
    throw new LoadError(path, reason, { format: "STL", position: { byte: bytes } });
  }
  if (bytes < STL_HEADER_BYTES + STL_TRIANGLE_BYTES) {
    throw new LoadError(path, "there are 0 triangles in it: there is nothing to draw", {
      format: "STL",
      position: { byte: 80 },
    });
  }
  return "binary";
}
