import { inspectFile } from "../formats/inspect-file.ts";
import { LoadError } from "../formats/load-error.ts";
import type { WorkerMessage } from "./load-worker.ts";
import type { PreparedData } from "./prepare-data.ts";
import { type OnCoarse, type ReadRequest, type ReportProgress, readData } from "./read-data.ts";

/**
 * Minimum size of a file that is read in a Worker, bytes. A smaller one takes less than 50 ms, a Worker 5 to 50 ms to start (its code is
 * compiled again when it runs from source).
 */
const MIN_WORKER_BYTES = 4_000_000;

/**
 * Path of the Worker's code. In an executable it is an entry point beside main.ts (scripts/build.ts), and bundled code does not know its
 * own folder.
 */
const WORKER = Bun.main.startsWith("/$bunfs/")
  ? "./loading/load-worker.ts"
  : new URL("./load-worker.ts", import.meta.url).href;

export interface LoadFileOptions {
  /** Called at most once, for a very large mesh. */
  readonly onCoarse?: OnCoarse | undefined;
  /** Stops the Worker, or the reading between two blocks; its memory is freed. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Reads a file and prepares its data. A large file is read in a Worker, so that this thread continues to render; the arrays are
 * transferred, not copied.
 *
 * @throws LoadError, or the reason of the signal
 */
export async function loadFile(
  request: ReadRequest,
  report: ReportProgress,
  options: LoadFileOptions = {},
): Promise<PreparedData> {
  options.signal?.throwIfAborted();
  return usesWorker(request.path)
    ? readInWorker(request, report, options)
    : readData(request, report, { signal: options.signal });
}

/** glTF data contains functions, which cannot be sent to another thread. */
function usesWorker(path: string): boolean {
  const { format, bytes } = inspectFile(path);
  return bytes >= MIN_WORKER_BYTES && format.id !== "gltf" && format.id !== "glb";
}

function readInWorker(
  request: ReadRequest,
  report: ReportProgress,
  { onCoarse, signal }: LoadFileOptions,
): Promise<PreparedData> {
  const worker = new Worker(WORKER);
  const { promise, resolve, reject } = Promise.withResolvers<PreparedData>();
  const stop = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", stop);
  worker.onmessage = ({ data: message }: MessageEvent<WorkerMessage>) => {
    if (message.type === "progress") report(message.phase, message.fraction);
    else if (message.type === "coarse") onCoarse?.(message.data);
    else if (message.type === "data") resolve(message.data);
    else reject(new LoadError(message.file, message.reason, message.details));
  };
  const fail = (detail: string): void =>
    reject(new LoadError(request.path, `reading it stopped unexpectedly (${detail})`));
  worker.onerror = ({ message }) => fail(message);
  worker.addEventListener("close", () => fail("its thread ended"));
  worker.postMessage({ ...request, coarse: onCoarse !== undefined });
  return promise.finally(() => {
    signal?.removeEventListener("abort", stop);
    worker.terminate();
  });
}
