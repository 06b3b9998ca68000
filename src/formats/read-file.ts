import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { describeSystemError, LoadError } from "./load-error.ts";

const CHUNK_BYTES = 4 * 2 ** 20;

/**
 * Reads a whole regular file.
 *
 * @param onProgress receives the fraction read, 0 to 1
 * @throws LoadError if it cannot be read, or is truncated in the meantime
 */
export async function readFile(
  path: string,
  onProgress?: (fraction: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    await using handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) throw new LoadError(path, "this is no longer a regular file");
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
