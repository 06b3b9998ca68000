import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { FileSource } from "../file-source.ts";
import type { ReadContext } from "../format.ts";
import { DataError } from "../load-error.ts";
import { readZipDirectory } from "../zip/zip-directory.ts";
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

/** Maximum number of files of a data set in a folder. */
const MAX_FILES = 10_000;

/** Lists the files of a data set: those in an archive, or those beside its header.json in a folder. */
export async function listTrxFiles(context: ReadContext, isArchive: boolean): Promise<TrxFile[]> {
  return isArchive ? filesInArchive(context.source) : filesInFolder(dirname(context.path));
}

/** The files of an archive, in the folder of its header.json. */
async function filesInArchive(source: FileSource): Promise<TrxFile[]> {
  const readAt = (target: Uint8Array, offset: number): Promise<void> => source.readAt(target, offset);
  const size = await source.size();
  const entries = await readZipDirectory(readAt, size);
  const header = entries.find(({ name }) => name === HEADER || name.endsWith(`/${HEADER}`));
  if (header === undefined) throw new DataError(`there is no ${HEADER} in the archive`);
  const folder = header.name.slice(0, -HEADER.length);
  return entries
    .filter(({ name }) => name.startsWith(folder))
    .map((entry) => ({
      path: entry.name.slice(folder.length),
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

function filesInFolder(folder: string): TrxFile[] {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" });
  if (paths.length > MAX_FILES) throw new DataError(`its folder has more than ${MAX_FILES} files`);
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
