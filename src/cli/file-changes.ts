import { constants, type FSWatcher, watch } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";

/** Interval of polling, ms. No notification (inotify) tells of what another machine has written, and directories on some file systems have none. */
const POLL_MS = 500;

/** How long files must be unchanged before a change is reported, ms: a program that writes a large file does so in many steps. */
const SETTLE_MS = 300;

/**
 * Yields once at the start, and again each time that any of these files was written, replaced, removed or made. Polls, and is quicker where
 * the system gives notifications. Never throws: a file that can not be read now may be readable later.
 * @param signal ends it
 */
export async function* fileChanges(paths: readonly string[], signal?: AbortSignal): AsyncGenerator<void> {
  let wake = () => {};
  const watchers = [...new Set(paths.map((path) => dirname(path)))].map((directory) =>
    watchDirectory(directory, () => wake()),
  );
  const stop = () => wake();
  signal?.addEventListener("abort", stop);
  /** Settles after `ms`, or at the abort, or where `wakes` at a notification. */
  const wait = async (ms: number, wakes: boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    wake = () => (wakes || signal?.aborted) && resolve();
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
  };
  try {
    let reported = await stampOf(paths);
    let last = reported;
    yield;
    while (!signal?.aborted) {
      const unchanged = last === reported;
      await wait(unchanged ? POLL_MS : SETTLE_MS, unchanged);
      const now = await stampOf(paths);
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

/** Undefined where there are no notifications: polling remains. */
function watchDirectory(directory: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(directory, changed);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

/** What differs after these files were changed. They are opened, not only looked up: that makes NFS ask its server. */
async function stampOf(paths: readonly string[]): Promise<string> {
  const stamps = paths.map(async (path) => {
    try {
      // Not to wait for a writer, should it be a FIFO.
      await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const { mtimeNs, size, ino } = await file.stat({ bigint: true });
      return `${mtimeNs}/${size}/${ino}`;
    } catch (error) {
      return error instanceof Error && "code" in error ? String(error.code) : String(error);
    }
  });
  return (await Promise.all(stamps)).join();
}
