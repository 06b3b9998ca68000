import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { FileSource, type SourceOptions } from "./file-source.ts";
import { DataError, describeSystemError, formatBytes, quote } from "./load-error.ts";

/** A file that a model refers to (texture, material library, buffer) cannot be read. */
export class ReferencedFileError extends DataError {}

export interface ReferencedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Absolute path; names inside this file are relative to it. */
  readonly path: string;
}

export interface ReferencedFilesOptions {
  /** A second readable folder besides that of the model; default: none. */
  readonly root?: string | undefined;
  /** For the files that `open` opens: their progress, and its cancellation. */
  readonly source?: SourceOptions;
}

export interface ReadOptions {
  /** The file that contains the name; its folder is searched first. Default: the model. */
  readonly from?: string;
  /** Whether the name is a URI reference (glTF), percent-encoded and with an optional query; default: false. */
  readonly uri?: boolean;
}

const WINDOWS_DRIVE = /^[a-z]:/i;
/** Maximum size of one read: Linux reads at most 2^31 - 4096 bytes per call. */
const MAX_READ_BYTES = 2 ** 30;
/** Linux's PATH_MAX. */
const MAX_NAME = 4096;

/**
 * Resolves and reads the files that a model refers to. Many names were written on another machine, with absolute paths,
 * another letter case, backslashes or percent-encoding. They are resolved against the folder of the file that contains the name
 * and against the model's folder: exactly, case-insensitively, and then by path suffix (`C:\me\maps\wood.png` matches
 * `maps/wood.png` or `wood.png`), which adds a warning.
 *
 * Only regular files below the model's folder or below `root` are read. Symbolic links are followed out of them
 * too: the owner of the machine made them, and DataLad stores every file behind one.
 */
export class ReferencedFiles {
  /** One sentence for each read of a file that was found by path suffix only. */
  readonly warnings: string[] = [];
  readonly #model: string;
  readonly #root: string | undefined;
  readonly #roots: readonly string[];
  readonly #source: SourceOptions;
  /** Directory listings by path; each maps a case-folded name to the entry. */
  readonly #listings = new Map<string, ReadonlyMap<string, string>>();

  constructor(model: string, { root, source = {} }: ReferencedFilesOptions = {}) {
    this.#model = resolve(model);
    this.#root = root;
    this.#source = source;
    this.#roots = [dirname(this.#model), ...(root === undefined ? [] : [resolve(root)])];
  }

  /**
   * Reads a named file of at most `limit` bytes.
   *
   * @throws ReferencedFileError
   */
  read(name: string, limit: number, options: ReadOptions = {}): ReferencedFile {
    const path = this.#find(name, options);
    try {
      const stats = statSync(path);
      if (!stats.isFile()) throw new ReferencedFileError(`${quote(name)} is not a regular file`);
      if (stats.size > limit) {
        throw new ReferencedFileError(
          `${quote(name)} has ${formatBytes(stats.size)}, more than ${formatBytes(limit)}`,
        );
      }
      return { bytes: readBytes(path, stats.size), path };
    } catch (error) {
      if (error instanceof ReferencedFileError) throw error;
      throw new ReferencedFileError(`${quote(name)}: ${describeSystemError(error)}`);
    }
  }

  /**
   * Opens a named file to read it in blocks, without a limit of its size, decompressed if it is compressed with gzip.
   *
   * @throws ReferencedFileError
   * @throws LoadError with the path of the named file
   */
  async open(name: string, options: ReadOptions = {}): Promise<FileSource> {
    return FileSource.open(this.#find(name, options), this.#source);
  }

  /** The same for another file, whose folder is then searched and readable. @param path of a file that need not exist */
  withModel(path: string): ReferencedFiles {
    return new ReferencedFiles(path, { root: this.#root, source: this.#source });
  }

  /** Names of the files or folders in a folder, relative to that of the model; none if it does not exist or may not be read. */
  entries(folder: string, kind: "file" | "folder"): string[] {
    const path = resolve(dirname(this.#model), folder);
    if (path !== dirname(this.#model) && this.#rootOf(path) === undefined) return [];
    try {
      return readdirSync(path, { withFileTypes: true })
        .filter((entry) =>
          (entry.isSymbolicLink() ? statSync(join(path, entry.name)) : entry)[
            kind === "file" ? "isFile" : "isDirectory"
          ](),
        )
        .map(({ name }) => name);
    } catch {
      return [];
    }
  }

  /** Whether a named file exists where it may be read. */
  exists(name: string): boolean {
    try {
      this.#find(name, {});
      return true;
    } catch (error) {
      if (error instanceof ReferencedFileError) return false;
      throw error;
    }
  }

  #find(name: string, { from = this.#model, uri = false }: ReadOptions): string {
    const trimmed = name.trim();
    if (trimmed === "" || trimmed === "." || trimmed.length > MAX_NAME || trimmed.includes("\0")) {
      throw new ReferencedFileError(`${quote(name)} is not a file name`);
    }
    if (/^[a-z][a-z0-9+.-]+:/i.test(trimmed) && !/^file:/i.test(trimmed)) {
      throw new ReferencedFileError(`${quote(name)} is not fetched: only local files are read`);
    }
    const candidates = uri ? uriCandidates(trimmed) : pathCandidates(trimmed);
    const folders = new Set([dirname(from), dirname(this.#model)]);
    const pathsInRoots = (candidate: string): string[] =>
      WINDOWS_DRIVE.test(candidate)
        ? []
        : [...folders]
            .map((folder) => resolve(folder, candidate))
            .filter((path) => this.#rootOf(path) !== undefined);
    const readablePaths = candidates.flatMap(pathsInRoots);
    const isOutside = pathsInRoots(candidates[0] ?? "").length === 0;
    const found =
      readablePaths.find((path) => existsSync(path)) ??
      firstMatch(readablePaths, (path) => this.#findIgnoringCase(path)) ??
      firstMatch(folders, (folder) =>
        firstMatch(candidates, (candidate) => this.#findBySuffix(folder, candidate, name, isOutside)),
      );
    if (found !== undefined) return found;
    throw new ReferencedFileError(
      isOutside
        ? `${quote(name)} lies outside of the file's folder and is not read; --root DIR widens what may be read`
        : `${quote(name)} does not exist`,
    );
  }

  /** Searches a folder for the suffixes of a path, longest first. */
  #findBySuffix(folder: string, candidate: string, name: string, isOutside: boolean): string | undefined {
    const parts = candidate.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    for (let first = 0; first < parts.length; first += 1) {
      const path = join(folder, ...parts.slice(first));
      if (this.#rootOf(path) === undefined) continue;
      const found = existsSync(path) ? path : this.#findIgnoringCase(path);
      if (found === undefined || !statSync(found, { throwIfNoEntry: false })?.isFile()) continue;
      const substitute = quote(relative(dirname(this.#model), found));
      this.warnings.push(
        isOutside
          ? `${quote(name)} lies outside of the file's folder; ${substitute} is used instead (--root DIR widens what may be read)`
          : `${quote(name)} does not exist; ${substitute} is used instead`,
      );
      return found;
    }
    return undefined;
  }

  /** Resolves a path case-insensitively, from a root downwards: only readable folders are listed. */
  #findIgnoringCase(requested: string): string | undefined {
    const root = this.#rootOf(requested);
    if (root === undefined) return undefined;
    let path = root;
    for (const part of relative(root, requested).split(sep)) {
      const exact = join(path, part);
      const entry = existsSync(exact) ? part : this.#listing(path).get(foldCase(part));
      if (entry === undefined) return undefined;
      path = join(path, entry);
    }
    return path;
  }

  #listing(folder: string): ReadonlyMap<string, string> {
    const cached = this.#listings.get(folder);
    if (cached !== undefined) return cached;
    const entries = new Map<string, string>();
    try {
      for (const entry of readdirSync(folder).sort()) {
        const folded = foldCase(entry);
        if (!entries.has(folded)) entries.set(folded, entry);
      }
    } catch {
      // A folder that cannot be read is treated as empty.
    }
    this.#listings.set(folder, entries);
    return entries;
  }

  #rootOf(path: string): string | undefined {
    return this.#roots.find((root) => path.startsWith(root.endsWith(sep) ? root : root + sep));
  }
}

/** Reads a file without a second copy in memory. Returns fewer than `size` bytes if it became shorter. */
function readBytes(path: string, size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  const fd = openSync(path, "r");
  try {
    let filled = 0;
    for (let read = -1; filled < size && read !== 0; filled += read) {
      read = readSync(fd, bytes, filled, Math.min(size - filled, MAX_READ_BYTES), filled);
    }
    return bytes.subarray(0, filled);
  } finally {
    closeSync(fd);
  }
}

/** The paths that a name in OBJ or MTL can stand for, most likely first. */
function pathCandidates(name: string): string[] {
  const unquoted = /^"(.+)"$/.exec(name)?.[1] ?? name;
  return unique([toSlashes(unquoted), unquoted, toSlashes(decodePercent(unquoted))]);
}

/**
 * The paths that a URI reference can stand for, most likely first. Unencoded spaces and percent signs are common.
 */
function uriCandidates(uri: string): string[] {
  const path = uri.replace(/[?#].*$/s, "");
  return unique([decodePercent(path), decodePercent(uri), uri, path].map(toSlashes));
}

function unique(candidates: readonly string[]): string[] {
  return [...new Set(candidates.filter((candidate) => candidate !== "" && !candidate.includes("\0")))];
}

function toSlashes(path: string): string {
  return path
    .replaceAll("\\", "/")
    .replace(/^file:(?:\/\/(?:localhost)?)?/i, "")
    .replace(/^\/(?=[a-z]:)/i, "");
}

/** Decodes percent-encoded UTF-8. Other percent signs are kept. */
function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

/** Folds letter case and Unicode composition: macOS decomposes accents. */
function foldCase(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

function firstMatch<T, R>(items: Iterable<T>, find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
