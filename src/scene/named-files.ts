import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { describeSystemError } from "./inspect.ts";
import { formatBytes, quote } from "./load-error.ts";

/** A file that a model names (texture, material library, buffer) and that cannot be used; the message says why. */
export class NamedFileError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NamedFileError";
  }
}

export interface NamedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Absolute path, to resolve the names that this file holds in turn. */
  readonly path: string;
}

export interface NamedFilesOptions {
  /** A folder that may be read besides the model's own; default: none. */
  readonly root?: string | undefined;
}

export interface ReadOptions {
  /** The file that holds the name; names are relative to its folder first. Default: the model. */
  readonly from?: string;
  /** Whether the name is a URI reference (glTF): percent-encoded, perhaps with a query. Default false. */
  readonly uri?: boolean;
}

const WINDOWS_DRIVE = /^[a-z]:/i;
/** Linux's PATH_MAX. */
const MAX_NAME = 4096;

/**
 * Finds and reads the files that a model names. The names come from whoever made the model, often on another machine:
 * absolute paths, other letter case, backslashes, percent signs. They are resolved against the folder of the file
 * that holds the name and against the model's folder: as written, in other letter case, and then by their last parts
 * (`C:\me\maps\wood.png` is `maps/wood.png` or `wood.png` there), which is a warning.
 *
 * Only regular files in the model's folder or below, or in `root` or below, are read. Symbolic links are followed:
 * they are the machine owner's, and DataLad keeps every file behind one.
 */
export class NamedFiles {
  /** One sentence for each file that was taken from another place than the model names. */
  readonly warnings: string[] = [];
  readonly #model: string;
  readonly #roots: readonly string[];
  /** Entries of folders by their case-folded name. */
  readonly #listings = new Map<string, ReadonlyMap<string, string>>();

  constructor(model: string, { root }: NamedFilesOptions = {}) {
    this.#model = resolve(model);
    this.#roots = [dirname(this.#model), ...(root === undefined ? [] : [resolve(root)])];
  }

  /**
   * Reads a named file of at most `limit` bytes.
   *
   * @throws NamedFileError
   */
  read(name: string, limit: number, options: ReadOptions = {}): NamedFile {
    const path = this.#find(name, options);
    try {
      const stats = statSync(path);
      if (!stats.isFile()) throw new NamedFileError(`${quote(name)} is not a regular file`);
      if (stats.size > limit) {
        throw new NamedFileError(
          `${quote(name)} has ${formatBytes(stats.size)}, more than ${formatBytes(limit)}`,
        );
      }
      return { bytes: new Uint8Array(readFileSync(path)), path };
    } catch (error) {
      if (error instanceof NamedFileError) throw error;
      throw new NamedFileError(`${quote(name)}: ${describeSystemError(error)}`);
    }
  }

  #find(name: string, { from = this.#model, uri = false }: ReadOptions): string {
    const bare = name.trim();
    if (bare === "" || bare === "." || bare.length > MAX_NAME || bare.includes("\0")) {
      throw new NamedFileError(`${quote(name)} is not a file name`);
    }
    if (/^[a-z][a-z0-9+.-]+:/i.test(bare) && !/^file:/i.test(bare)) {
      throw new NamedFileError(`${quote(name)} is not fetched: only files beside it are read`);
    }
    const spellings = uri ? uriSpellings(bare) : pathSpellings(bare);
    const folders = new Set([dirname(from), dirname(this.#model)]);
    const placesOf = (spelling: string): string[] =>
      WINDOWS_DRIVE.test(spelling)
        ? []
        : [...folders]
            .map((folder) => resolve(folder, spelling))
            .filter((place) => this.#rootOf(place) !== undefined);
    const allowed = spellings.flatMap(placesOf);
    const outside = placesOf(spellings[0] ?? "").length === 0;
    const found =
      allowed.find((place) => existsSync(place)) ??
      firstOf(allowed, (place) => this.#findInAnyCase(place)) ??
      firstOf(folders, (folder) =>
        firstOf(spellings, (spelling) => this.#findByLastParts(folder, spelling, name, outside)),
      );
    if (found !== undefined) return found;
    throw new NamedFileError(
      outside
        ? `${quote(name)} lies outside of the file's folder and is not read; --root DIR widens what may be read`
        : `${quote(name)} is not there`,
    );
  }

  #findByLastParts(folder: string, spelling: string, name: string, outside: boolean): string | undefined {
    const parts = spelling.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
    for (let first = 0; first < parts.length; first += 1) {
      const place = join(folder, ...parts.slice(first));
      if (this.#rootOf(place) === undefined) continue;
      const found = existsSync(place) ? place : this.#findInAnyCase(place);
      if (found === undefined || !statSync(found, { throwIfNoEntry: false })?.isFile()) continue;
      const taken = quote(relative(dirname(this.#model), found));
      this.warnings.push(
        outside
          ? `${quote(name)} lies outside of the file's folder; ${taken} is used instead (--root DIR widens what may be read)`
          : `${quote(name)} is not there; ${taken} is used instead`,
      );
      return found;
    }
    return undefined;
  }

  /** Walks down from the root that holds the place, so that only folders are listed that may be read. */
  #findInAnyCase(place: string): string | undefined {
    const root = this.#rootOf(place);
    if (root === undefined) return undefined;
    let path = root;
    for (const part of relative(root, place).split(sep)) {
      const exact = join(path, part);
      const entry = existsSync(exact) ? part : this.#listing(path).get(foldCase(part));
      if (entry === undefined) return undefined;
      path = join(path, entry);
    }
    return path;
  }

  #listing(folder: string): ReadonlyMap<string, string> {
    const known = this.#listings.get(folder);
    if (known !== undefined) return known;
    const entries = new Map<string, string>();
    try {
      for (const entry of readdirSync(folder).sort()) {
        const folded = foldCase(entry);
        if (!entries.has(folded)) entries.set(folded, entry);
      }
    } catch {
      // Not a folder, or without permission: nothing is found in it.
    }
    this.#listings.set(folder, entries);
    return entries;
  }

  #rootOf(path: string): string | undefined {
    return this.#roots.find((root) => path.startsWith(root.endsWith(sep) ? root : root + sep));
  }
}

/** The ways to read a name of OBJ or MTL as a path, best first. */
function pathSpellings(name: string): string[] {
  const unquoted = /^"(.+)"$/.exec(name)?.[1] ?? name;
  return unique([toSlashes(unquoted), unquoted, toSlashes(decodePercent(unquoted))]);
}

/** The ways to read a URI reference as a path, best first: raw ones are common too, with unencoded % and spaces. */
function uriSpellings(uri: string): string[] {
  const path = uri.replace(/[?#].*$/s, "");
  return unique([decodePercent(path), decodePercent(uri), uri, path].map(toSlashes));
}

function unique(spellings: readonly string[]): string[] {
  return [...new Set(spellings.filter((spelling) => spelling !== "" && !spelling.includes("\0")))];
}

function toSlashes(path: string): string {
  return path
    .replaceAll("\\", "/")
    .replace(/^file:(?:\/\/(?:localhost)?)?/i, "")
    .replace(/^\/(?=[a-z]:)/i, "");
}

/** Decodes the percent-encoded UTF-8 of a name and leaves every other percent sign. */
function decodePercent(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

/** One form for names that differ in letter case, or in how accents are composed (macOS decomposes them). */
function foldCase(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

function firstOf<T, R>(items: Iterable<T>, find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
