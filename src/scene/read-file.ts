import { constants, existsSync, readFileSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import { describeSystemError } from "./inspect.ts";
import { formatBytes, LoadError, quote } from "./load-error.ts";

const CHUNK_BYTES = 4 * 2 ** 20;

/**
 * Reads a whole regular file.
 *
 * @param onProgress gets the fraction read, 0 to 1
 * @throws LoadError when it cannot be read or is changed by somebody meanwhile
 */
export async function readWhole(
  path: string,
  onProgress?: (fraction: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new LoadError(path, "this is not a regular file any more");
    const bytes = new Uint8Array(stats.size);
    let filled = 0;
    while (filled < bytes.byteLength) {
      const length = Math.min(CHUNK_BYTES, bytes.byteLength - filled);
      const { bytesRead } = await handle.read(bytes, filled, length, filled);
      if (bytesRead === 0) {
        throw new LoadError(path, "the file became shorter while it was read; wait until it is written", {
          position: { byte: filled },
        });
      }
      filled += bytesRead;
      onProgress?.(filled / bytes.byteLength);
    }
    return bytes;
  } catch (error) {
    if (error instanceof LoadError) throw error;
    throw new LoadError(path, describeSystemError(error), { cause: error });
  }
}

/** A file that another one names (a texture, an MTL, a buffer) cannot be used; the message says why. */
export class BesideError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BesideError";
  }
}

/**
 * Finds a file that the file `from` names. Such names come from whoever made the file: they lead to regular files
 * in its directory or below, never out of it.
 *
 * @throws BesideError
 */
export function resolveBeside(from: string, name: string): string {
  const relative = normalize(name.trim().replaceAll("\\", "/"));
  if (relative.includes("\0") || relative === "." || relative === "") {
    throw new BesideError(`${quote(name)} is not a file name`);
  }
  if (/^[a-z][a-z0-9+.-]+:/i.test(name)) {
    throw new BesideError(`${quote(name)} is not fetched: only files beside it are read`);
  }
  if (
    isAbsolute(relative) ||
    /^[a-z]:/i.test(relative) ||
    relative === ".." ||
    relative.startsWith(`..${sep}`)
  ) {
    throw new BesideError(`${quote(name)} lies outside of the file's directory and is not read`);
  }
  return join(dirname(from), relative);
}

/**
 * Reads a file that the file `from` names, up to `limit` bytes.
 *
 * @throws BesideError
 */
export function readBeside(from: string, name: string, limit: number): Uint8Array<ArrayBuffer> {
  const path = resolveBeside(from, name);
  if (!existsSync(path)) throw new BesideError(`${quote(name)} is not there`);
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new BesideError(`${quote(name)} is not a regular file`);
    if (stats.size > limit) {
      throw new BesideError(`${quote(name)} has ${formatBytes(stats.size)}, more than ${formatBytes(limit)}`);
    }
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (error instanceof BesideError) throw error;
    throw new BesideError(`${quote(name)}: ${describeSystemError(error)}`);
  }
}
