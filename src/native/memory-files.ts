import { dlopen } from "bun:ffi";
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { NativeLibraryError } from "./errors.ts";
import type { LibraryBundle } from "./library-bundle.ts";

const MFD_CLOEXEC = 1;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const PREFIX = "scenecast-libraries-";
/** A process is between mkdir and flock for microseconds. */
const NEWBORN_MS = 10_000;

// The C library cannot be asked: it may be what has to be loaded.
function libc() {
  return dlopen("libc.so.6", {
    memfd_create: { args: ["cstring", "u32"], returns: "i32" },
    flock: { args: ["i32", "i32"], returns: "i32" },
  }).symbols;
}

/** A file that exists in memory only, as a path that dlopen takes. The descriptor stays open with the process. */
export function memoryFile(name: string, bytes: Uint8Array): string {
  const fd = libc().memfd_create(Buffer.from(`${name}\0`), MFD_CLOEXEC);
  if (fd < 0) {
    throw new NativeLibraryError(
      `${name} cannot be unpacked: there is no cache directory, and the system gives no memory file. ` +
        "Set XDG_CACHE_HOME to a directory that can be written and is not mounted noexec.",
    );
  }
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
  return `/proc/self/fd/${fd}`;
}

/**
 * A directory of links to memory files: works where files can be written nowhere that keeps them, or only where they
 * cannot be executed. ANGLE looks for its neighbours (stat, then dlopen) under the directory that it was itself loaded
 * from, with every display that it opens, so the directory stays until the process ends. A lock tells that it lives;
 * what a killed process leaves, four dangling links, the next such start removes.
 */
export function memoryDirectory(bundle: LibraryBundle): string {
  const directory = makeDirectory();
  process.on("exit", () => rmSync(directory, { recursive: true, force: true }));
  for (const [name, bytes] of bundle.read()) symlinkSync(memoryFile(name, bytes), join(directory, name));
  for (const [name, target] of Object.entries(bundle.links)) symlinkSync(target, join(directory, name));
  return directory;
}

function makeDirectory(): string {
  const name = `${PREFIX}${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const parents = [
    process.env.XDG_RUNTIME_DIR,
    `/run/user/${process.getuid?.()}`,
    process.env.TMPDIR,
    "/tmp",
    "/dev/shm",
  ].filter((parent) => parent !== undefined);
  for (const parent of parents) {
    try {
      const directory = join(parent, name);
      mkdirSync(directory, { mode: 0o700 });
      libc().flock(openSync(directory, "r"), LOCK_SH);
      removeStale(parent);
      return directory;
    } catch {
      // The next one may be writable.
    }
  }
  throw new NativeLibraryError(
    `The embedded GL driver cannot be unpacked: none of ${parents.join(", ")} can be written. ` +
      "Set XDG_CACHE_HOME to a directory that can.",
  );
}

function removeStale(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(parent, name);
    try {
      if (Date.now() - statSync(path).mtimeMs > NEWBORN_MS && !isLocked(path))
        rmSync(path, { recursive: true });
    } catch {
      // Gone already, or another user's.
    }
  }
}

function isLocked(path: string): boolean {
  const fd = openSync(path, "r");
  try {
    return libc().flock(fd, LOCK_EX | LOCK_NB) !== 0;
  } finally {
    closeSync(fd);
  }
}
