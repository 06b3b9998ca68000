import type { FileSource } from "../../file-source.ts";
import { DataError, printable } from "../../load-error.ts";
import { XmlReader, type XmlStartTag } from "../../xml/xml-reader.ts";

/** The files of one time step, which are shown together. */
export interface CollectionStep {
  /** As the collection gives it; undefined if it does not. */
  readonly seconds: number | undefined;
  /** Names, relative to the collection. */
  readonly files: readonly string[];
}

/** Maximum number of files of a collection. Simulations write some thousands. */
const MAX_FILES = 100_000;

/**
 * Reads the names of the files of a collection (PVD), a multi-block dataset (VTM), or a parallel dataset (PVTU, PVTP, …). The last two have
 * one time step.
 *
 * @throws DataError if it has no files
 */
export async function readCollectionFiles(source: FileSource): Promise<CollectionStep[]> {
  const xml = new XmlReader(source);
  const steps = new Map<string, string[]>();
  let count = 0;
  for (let tag = await xml.next(); tag !== undefined; tag = await xml.next()) {
    if (tag.type === "end") continue;
    const file = fileOf(tag);
    if (file === undefined) continue;
    count += 1;
    if (count > MAX_FILES) throw new DataError(`it has more than ${MAX_FILES} files, which is the maximum`);
    const step = tag.attributes.get("timestep") ?? "";
    const files = steps.get(step);
    if (files === undefined) steps.set(step, [file]);
    else files.push(file);
  }
  if (xml.depth > 0)
    throw new DataError("the file ends before </VTKFile>: it is cut off; copy the file again");
  if (count === 0) throw new DataError("there is nothing to draw in it: it names no files");
  return [...steps]
    .map(([step, files]) => ({ seconds: step === "" ? undefined : Number(step), files }))
    .sort((a, b) => (a.seconds ?? 0) - (b.seconds ?? 0) || 0);
}

function fileOf({ name, attributes }: XmlStartTag): string | undefined {
  if (name === "DataSet") return attributes.get("file") || undefined;
  return name === "Piece" ? attributes.get("Source") || undefined : undefined;
}

/**
 * Parses the names of the files of a ParaView file series, which is JSON.
 *
 * @throws DataError
 */
export function parseSeries(text: string): CollectionStep[] {
  const files = filesOf(text);
  const steps = files.map((file): CollectionStep => {
    const { name, time } = (typeof file === "object" ? file : {}) as { name?: unknown; time?: unknown };
    if (typeof name !== "string" || name === "")
      throw new DataError("one of its files has no name: the file is damaged");
    return { seconds: typeof time === "number" ? time : undefined, files: [name] };
  });
  if (steps.length === 0) throw new DataError("there is nothing to draw in it: it names no files");
  if (steps.length > MAX_FILES)
    throw new DataError(`it has more than ${MAX_FILES} files, which is the maximum`);
  return steps;
}

function filesOf(text: string): readonly unknown[] {
  try {
    const { files } = JSON.parse(text) as { files?: unknown };
    if (Array.isArray(files)) return files;
  } catch (error) {
    throw new DataError(`it is no valid JSON: ${printable(error instanceof Error ? error.message : "")}`, {
      cause: error,
    });
  }
  throw new DataError('it has no list "files": the file is damaged');
}
