import { readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { describeSystemError, LoadError } from "../formats/load-error.ts";
import { DOCUMENT_EXTENSION, DocumentError, mapFiles, type SceneDocument } from "./scene-document.ts";
import { checkDocument } from "./schema.ts";

/** Maximum size of a file with a document, bytes: that of 10,000 layers with all of their properties. */
const MAX_BYTES = 1 << 24;

/** Whether a file is a scene document, by its name. */
export function isDocument(path: string): boolean {
  return path.toLowerCase().endsWith(DOCUMENT_EXTENSION);
}

/**
 * Reads a file with a scene document, whose paths are relative to its folder.
 *
 * @returns the document with absolute paths
 * @throws LoadError
 */
export function readDocument(path: string): SceneDocument {
  return describingErrors(path, () => {
    const folder = dirname(resolve(path));
    return mapFiles(parseDocument(readText(path)), (file) => resolve(folder, file));
  });
}

/** @throws DocumentError if the text is not a valid document */
export function parseDocument(text: string): SceneDocument {
  return checkDocument(parseJson(text));
}

/**
 * Returns the text of a document's file.
 *
 * @param folder of the file, to which its paths become relative; default: they stay as they are
 */
export function formatDocument(document: SceneDocument, folder?: string): string {
  const written =
    folder === undefined
      ? document
      : mapFiles(document, (file) => (isAbsolute(file) ? relative(folder, file) : file));
  // Lists of numbers, which have no other lists within, are written on one line.
  const text = JSON.stringify(written, null, 2);
  return `${text.replace(/\[\n([^[\]{}"]*)\n\s*\]/g, (_, items: string) => `[${items.trim().replace(/\s*\n\s*/g, " ")}]`)}\n`;
}

function readText(path: string): string {
  const { size } = statSync(path);
  if (size > MAX_BYTES)
    throw new DocumentError(`it has ${size} bytes; a scene document may have ${MAX_BYTES}`);
  return readFileSync(path, "utf8");
}

function parseJson(text: string): unknown {
  try {
    // A byte order mark is not JSON, and editors write it.
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const reason =
      error instanceof SyntaxError ? error.message.replace(/^JSON Parse error: /, "") : "too deep";
    throw new DocumentError(`it is not valid JSON (${reason})`);
  }
}

function describingErrors<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const reason = error instanceof DocumentError ? error.message : describeSystemError(error);
    throw new LoadError(path, reason, { format: "scene document", cause: error });
  }
}
