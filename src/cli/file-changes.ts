import { constants, type FSWatcher, watch } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf } from "./errors.ts";

/** Polling interval, ms. inotify does not report what another machine writes (NFS), and some file systems do not support it. */
const POLL_MS = 500;

/** Default debounce time, ms: files must be unchanged for this long before a change is reported, since large files are written in many steps. */
const DEBOUNCE_MS = 300;

/**
 * Watches files: yields once at the start, then once after each change of any of them (written, replaced, removed or created). Polls every
 * 500 ms; file system notifications only make it react sooner. Never throws, since a file that cannot be read now may be readable later.
 * @param signal ends the generator
 */
export async function* fileChanges(
  paths: readonly string[],
  signal?: AbortSignal,
  debounceMs = DEBOUNCE_MS,
): AsyncGenerator<void> {
  let wake = () => {};
  const watchers = [...new Set(paths.map((path) => dirname(path)))].map((directory) =>
    watchDirectory(directory, () => wake()),
  );
  const stop = () => wake();
  signal?.addEventListener("abort", stop);
  /** Settles after `ms` or at the abort; with `endsEarly` also at a notification. */
  const wait = async (ms: number, endsEarly: boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = () => (endsEarly || signal?.aborted) && resolve();
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
  };
  try {
    let reported = await fingerprintOf(paths);
    let last = reported;
    yield;
    while (!signal?.aborted) {
      const unchanged = last === reported;
      await wait(unchanged ? POLL_MS : debounceMs, unchanged);
      const now = await fingerprintOf(paths);
      if (now === last && now !== reported && !signal?.aborted) {
        reported = now;
        yield;
      }
      last = now;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    for (const watcher of watchers) watcher?.close();
  }
}

/** Undefined if the file system has no notifications; polling still works. */
function watchDirectory(directory: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, onChange);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

/** Fingerprint of the files: modification time, size and inode of each. Opening a file makes an NFS client revalidate its attributes. */
async function fingerprintOf(paths: readonly string[]): Promise<string> {
  const fingerprints = paths.map(async (path) => {
    try {
      // O_NONBLOCK: opening a FIFO would otherwise block until there is a writer.
      await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const { mtimeNs, size, ino } = await file.stat({ bigint: true });
      return `${mtimeNs}/${size}/${ino}`;
    } catch (error) {
      return codeOf(error);
    }
  });
  return (await Promise.all(fingerprints)).join();
}
