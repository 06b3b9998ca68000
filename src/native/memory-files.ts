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
import type { LibraryBundle } from "./library-cache.ts";

const MFD_CLOEXEC = 1;
const LOCK_SH = 1;
const LOCK_EX = 2;
const LOCK_NB = 4;
const PREFIX = "scenecast-libraries-";
/** Grace period for a directory without a lock: its process is between mkdir and flock for microseconds. */
const CREATION_GRACE_MS = 10_000;

// Called in libc directly, because this project's C library may not be loaded yet.
function libc() {
  return dlopen("libc.so.6", {
    memfd_create: { args: ["cstring", "u32"], returns: "i32" },
    flock: { args: ["i32", "i32"], returns: "i32" },
  }).symbols;
}

/** Creates a file in memory (memfd) and returns a path for dlopen. The descriptor stays open until the process exits. */
export function memoryFile(name: string, bytes: Uint8Array): string {
  const fd = libc().memfd_create(Buffer.from(`${name}\0`), MFD_CLOEXEC);
  if (fd < 0) {
    throw new NativeLibraryError(
      `Cannot unpack ${name}: there is no cache directory, and the system cannot create a memory file. ` +
        "Set XDG_CACHE_HOME to a writable directory that is not mounted noexec.",
    );
  }
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
  return `/proc/self/fd/${fd}`;
}

/**
 * Creates a directory of links to memory files, for systems without a writable file system that permits execution. ANGLE searches
 * its other libraries (stat, then dlopen) in the directory that it was loaded from, whenever it opens a display, so the directory
 * stays until the process exits. The process holds a lock on it; the dangling links that a killed process leaves are removed by
 * the next start that needs such a directory.
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
      // Not writable; try the next one.
    }
  }
  throw new NativeLibraryError(
    `Cannot unpack the embedded GL driver: none of ${parents.join(", ")} is writable. ` +
      "Set XDG_CACHE_HOME to a writable directory.",
  );
}

function removeStale(parent: string): void {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(PREFIX)) continue;
    const path = join(parent, name);
    try {
      if (Date.now() - statSync(path).mtimeMs > CREATION_GRACE_MS && !isLocked(path))
        rmSync(path, { recursive: true });
    } catch {
      // Already removed, or another user's.
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
