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
import type { LibraryBundle } from "./library-bundle.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const FORGET_AFTER_MS = 30 * DAY_MS;

/**
 * The directory of the cache that holds the bundle's files; unpacks them when they are not there yet.
 * $XDG_CACHE_HOME/scenecast/<hash>, by default $HOME/.cache/scenecast/<hash>.
 * @returns undefined when there is no such directory, or it cannot be written, or libraries cannot be loaded from it
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
    // A file system mounted noexec: nobody could use what was written.
    rmSync(directory, { recursive: true, force: true });
    return undefined;
  }
  forgetOld(root);
  return directory;
}

function cacheRoot(): string | undefined {
  const { XDG_CACHE_HOME: cache, HOME: home } = process.env;
  // The XDG specification: a relative path is invalid and is ignored.
  if (cache !== undefined && isAbsolute(cache)) return join(cache, "scenecast");
  if (home !== undefined && isAbsolute(home)) return join(home, ".cache", "scenecast");
  return undefined;
}

// Code is loaded from here, so nobody else may be able to write it. Sizes alone are compared: hashing would cost more
// than the rest of the start.
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

// Written aside and renamed: a directory under its final name is complete, however many starts there are at once.
function unpack(root: string, directory: string, bundle: LibraryBundle): void {
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const aside = `${directory}.${process.pid}.${Math.random().toString(36).slice(2, 8)}`;
  try {
    mkdirSync(aside, { mode: 0o700 });
    for (const [name, bytes] of bundle.read()) writeFileSync(join(aside, name), bytes, { mode: 0o700 });
    for (const [name, target] of Object.entries(bundle.links)) symlinkSync(target, join(aside, name));
    moveInto(directory, aside, bundle);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function moveInto(directory: string, aside: string, bundle: LibraryBundle): void {
  try {
    renameSync(aside, directory);
  } catch (error) {
    // Another start was faster, or what lies there is broken.
    if (isComplete(directory, bundle)) return;
    const broken = `${aside}.broken`;
    try {
      renameSync(directory, broken);
      renameSync(aside, directory);
    } catch {
      throw error;
    } finally {
      rmSync(broken, { recursive: true, force: true });
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
    // A cache that only can be read works as well.
  }
}

function forgetOld(root: string): void {
  try {
    for (const name of readdirSync(root)) {
      const path = join(root, name);
      if (Date.now() - lstatSync(path).mtimeMs > FORGET_AFTER_MS)
        rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // Another start may be clearing up too.
  }
}
