import { dlopen } from "bun:ffi";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";

/** Manifest that the build scripts write beside a bundle: its files in order, and a hash of their contents. */
export interface BundleManifest {
  /** 16 hex digits. */
  hash: string;
  files: { name: string; size: number }[];
}

/** Libraries that must be in one directory, under their own names. */
export interface LibraryBundle {
  manifest: BundleManifest;
  /** Symbolic links beside the files: name to target. */
  links: Readonly<Record<string, string>>;
  /** A symbol of one file, to test whether the libraries in a directory can be loaded. */
  probe: { file: string; symbol: string };
  /** The files' bytes by name; reads and decompresses. */
  read(): Map<string, Uint8Array>;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const EXPIRY_MS = 30 * DAY_MS;

/**
 * The cache directory with the bundle's files, $XDG_CACHE_HOME/scenecast/<hash> or by default $HOME/.cache/scenecast/<hash>; unpacks
 * them if they are not there.
 * @returns undefined if there is no cache directory, it is not writable, or libraries cannot be loaded from it
 */
export function cachedDirectory(bundle: LibraryBundle): string | undefined {
  const root = cacheRoot();
  if (root === undefined) return undefined;
  const directory = join(root, bundle.manifest.hash);
  if (isComplete(directory, bundle)) {
    markUsed(directory);
    return directory;
  }
  try {
    unpack(root, directory, bundle);
  } catch {
    return undefined;
  }
  if (!isComplete(directory, bundle)) return undefined;
  if (!canLoad(directory, bundle)) {
    // A file system mounted noexec: the files are of no use.
    rmSync(directory, { recursive: true, force: true });
    return undefined;
  }
  removeExpired(root);
  return directory;
}

function cacheRoot(): string | undefined {
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env;
  // The XDG specification: a relative path is invalid and is ignored.
  if (cache !== undefined && isAbsolute(cache)) return join(cache, "scenecast");
  if (home !== undefined && isAbsolute(home)) return join(home, ".cache", "scenecast");
  return undefined;
}

// Code is loaded from this directory, so other users must not be able to write it. Only sizes are compared: hashing would take
// longer than the rest of the start.
function isComplete(directory: string, bundle: LibraryBundle): boolean {
  try {
    const status = lstatSync(directory);
    if (!status.isDirectory() || status.uid !== process.getuid?.() || (status.mode & 0o022) !== 0)
      return false;
    return (
      bundle.manifest.files.every(({ name, size }) => lstatSync(join(directory, name)).size === size) &&
      Object.entries(bundle.links).every(([name, target]) => readlinkSync(join(directory, name)) === target)
    );
  } catch {
    return false;
  }
}

// Written to a temporary directory and renamed, so that a directory with its final name is complete, also with concurrent starts.
function unpack(root: string, directory: string, bundle: LibraryBundle): void {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const temporary = `${directory}.${process.pid}.${Math.random().toString(36).slice(2, 8)}`;
  try {
    mkdirSync(temporary, { mode: 0o700 });
    for (const [name, bytes] of bundle.read()) writeFileSync(join(temporary, name), bytes, { mode: 0o700 });
    for (const [name, target] of Object.entries(bundle.links)) symlinkSync(target, join(temporary, name));
    moveInto(directory, temporary, bundle);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

function moveInto(directory: string, temporary: string, bundle: LibraryBundle): void {
  try {
    renameSync(temporary, directory);
  } catch (error) {
    // A concurrent start was faster, or the existing directory is damaged.
    if (isComplete(directory, bundle)) return;
    const damaged = `${temporary}.damaged`;
    try {
      renameSync(directory, damaged);
      renameSync(temporary, directory);
    } catch {
      throw error;
    } finally {
      rmSync(damaged, { recursive: true, force: true });
    }
  }
}

function canLoad(directory: string, bundle: LibraryBundle): boolean {
  const { file, symbol } = bundle.probe;
  try {
    dlopen(join(directory, file), { [symbol]: { args: [], returns: "i32" } }).close();
    return true;
  } catch {
    return false;
  }
}

function markUsed(directory: string): void {
  const now = new Date();
  try {
    if (now.getTime() - lstatSync(directory).mtimeMs > DAY_MS) utimesSync(directory, now, now);
  } catch {
    // A read-only cache works as well.
  }
}

function removeExpired(root: string): void {
  try {
    for (const name of readdirSync(root)) {
      const path = join(root, name);
      if (Date.now() - lstatSync(path).mtimeMs > EXPIRY_MS) rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // A concurrent start may remove the same directories.
  }
}
