import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { readZipDirectory, type ZipEntry } from "../zip/zip-directory.ts";
import { openZipEntry } from "../zip/zip-entry-reader.ts";
import type { ReadNext } from "./trx-values.ts";

/** A file of a TRX data set. */
export interface TrxFile {
  /** Path in the data set, such as "dpv/fa.float32". */
  readonly path: string;
  readonly bytes: number;
  /** Calls `use` with a function that reads the file from its start. */
  open<T>(use: (read: ReadNext) => Promise<T>): Promise<T>;
}

const HEADER = "header.json";

/** Maximum number of files in each folder of a data set. */
const MAX_FILES = 10_000;

/** Lists the files of a data set: those in an archive, or those beside its header.json in a folder. */
export async function listTrxFiles(context: ReadContext, isArchive: boolean): Promise<TrxFile[]> {
  return isArchive ? filesInArchive(context.source) : filesInFolder(dirname(context.path));
}

/** The files of an archive. */
async function filesInArchive(source: FileSource): Promise<TrxFile[]> {
  const readAt = (target: Uint8Array, offset: number): Promise<void> => source.readAt(target, offset);
  const size = await source.size();
  return trxEntries(await readZipDirectory(readAt, size)).map((entry) => ({
    path: entry.path,
    bytes: entry.bytes,
    open: async (use) => {
      const reader = await openZipEntry(readAt, size, entry);
      try {
        return await use((target) => reader.read(target));
      } finally {
        await reader.close();
      }
    },
  }));
}

/**
 * The files in the folder of an archive that has the header.json, with their paths in it.
 *
 * @throws DataError if there is no header
 */
export function trxEntries(entries: readonly ZipEntry[]): (ZipEntry & { readonly path: string })[] {
  const header = entries.find(({ name }) => name === HEADER || name.endsWith(`/${HEADER}`));
  if (header === undefined) throw new DataError(`there is no ${HEADER} in the archive`);
  const folder = header.name.slice(0, -HEADER.length);
  return entries.flatMap((entry) =>
    entry.name.startsWith(folder) ? { ...entry, path: entry.name.slice(folder.length) } : [],
  );
}

function filesInFolder(folder: string): TrxFile[] {
  const groups = namesIn(folder, "dpg");
  const paths = ["", "dpv/", "dps/", "groups/", ...groups.map((name) => `dpg/${name}/`)].flatMap((part) =>
    namesIn(folder, part).map((name) => part + name),
  );
  return paths.flatMap((path) => {
    const absolute = join(folder, path);
    const stats = statSync(absolute, { throwIfNoEntry: false });
    if (stats?.isFile() !== true) return [];
    return {
      path,
      bytes: stats.size,
      open: async (use) => {
        await using source = await FileSource.open(absolute);
        return await use(async (target) => {
          if ((await source.readInto(target)) < target.length) throw new DataError(`${path} is cut off`);
        });
      },
    };
  });
}

/** The names in a part of a folder; none if it does not exist. */
function namesIn(folder: string, part: string): string[] {
  const path = join(folder, part);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  const names = readdirSync(path);
  if (names.length > MAX_FILES) throw new DataError(`its folder has more than ${MAX_FILES} files`);
  return names;
}
