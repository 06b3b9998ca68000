import type { FileData } from "../../src/formats/data-kinds.ts";
import { FileSource } from "../../src/formats/file-source.ts";
import { inspectFile } from "../../src/formats/inspect-file.ts";
import { LoadError } from "../../src/formats/load-error.ts";
import { ReferencedFiles } from "../../src/formats/referenced-files.ts";

/** Reads a file, or a time step of it, in blocks of this many bytes. */
export async function read(path: string, blockBytes?: number, step?: number): Promise<FileData> {
  const { format } = inspectFile(path);
  const options = blockBytes === undefined ? {} : { blockBytes };
  await using source = await FileSource.open(path, options);
  return await format.read({ path, source, files: new ReferencedFiles(path, { source: options }), step });
}

/** Typed arrays as arrays, in which NaN equals NaN. */
function plainValues(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return [...(value as Float32Array)];
  if (Array.isArray(value)) return value.map(plainValues);
  if (typeof value !== "object" || value === null || value instanceof ArrayBuffer) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValues(item)]));
}

/** The data of a file, or the message of its LoadError. */
export async function outcome(path: string, blockBytes?: number): Promise<unknown> {
  try {
    const data = await read(path, blockBytes);
    return plainValues(data);
  } catch (error) {
    if (error instanceof LoadError) return error.message;
    // Other errors are described by the caller of the reader.
    return String(error);
  }
}

/** The outcome of a file whose format may not be recognized. */
export async function inspectedOutcome(path: string, blockBytes?: number): Promise<unknown> {
  try {
    inspectFile(path);
  } catch (error) {
    return (error as LoadError).message;
  }
  return outcome(path, blockBytes);
}
