import { statSync } from "node:fs";

/**
 * Minimum size of a file that is read in a Worker, bytes. Smaller files take less than 50 ms; starting a Worker takes 5 to 50 ms (longer
 * from source, where its code is compiled each time).
 */
export const MIN_WORKER_BYTES = 4_000_000;

/**
 * Path of the Worker's code. In the executable it is an entry point beside main.ts (scripts/build.ts): bundled code cannot resolve paths
 * relative to its source.
 */
const WORKER = Bun.main.startsWith("/$bunfs/")
  ? "./loading/load-worker.ts"
  : new URL("./load-worker.ts", import.meta.url).href;

/** Bun's Worker: the DOM types lack `ref` and `unref`. */
type BunWorker = Worker & { ref(): void; unref(): void };

/** A Worker that was started and has no file yet. */
let spare: BunWorker | undefined;

/** Whether a file, by its size alone, is read in a Worker. */
export function isLargeFile(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) >= MIN_WORKER_BYTES;
}

/** Starts the Worker of the next large file before it is known what is read: evaluating its code takes 30 ms of another CPU. */
export function startSpareWorker(): void {
  spare ??= new Worker(WORKER) as BunWorker;
  // The process may end without a file for it.
  spare.unref();
}

export function startWorker(): Worker {
  const worker = spare ?? (new Worker(WORKER) as BunWorker);
  spare = undefined;
  worker.ref();
  return worker;
}
