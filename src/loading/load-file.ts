import { type FileInspection, inspectFile } from "../formats/inspect-file.ts";
import { LoadError } from "../formats/load-error.ts";
import { type FreeMemory, freeMemory } from "../native/free-memory.ts";
import { fitMemory } from "./fit-memory.ts";
import type { ReportProgress } from "./load-phase.ts";
import type { WorkerMessage } from "./load-worker.ts";
import { awaitingSurface } from "./prepare-data.ts";
import type { OnCoarse } from "./prepare-layer.ts";
import type { PreparedData } from "./prepared-data.ts";
import { type ReadRequest, readData } from "./read-data.ts";
import { MIN_WORKER_BYTES, startWorker } from "./start-worker.ts";
import type { LateDetail } from "./surface-detail.ts";

/** Minimum memory for a file that is read in a Worker, bytes: small compressed files, and headers of large volumes in other files. */
const MIN_WORKER_MEMORY = 32_000_000;

/** How a large mesh gets its levels of detail after it was returned, which is then in two thirds of the time. */
export interface LateOptions<Detail> {
  /** They are made when this resolves: until then, rendering the first picture has both CPUs. */
  readonly after: Promise<void>;
  /** Receives them, at most once for each file. */
  readonly onDetail: (detail: Detail) => void;
}

export interface LoadFileOptions {
  /** Receives the coarse version of a very large mesh, at most once. */
  readonly onCoarse?: OnCoarse | undefined;
  /** Default: a large mesh is returned with its levels of detail. */
  readonly late?: LateOptions<LateDetail> | undefined;
  /** Ends the Worker after the mesh was returned: its levels of detail are no longer needed. */
  readonly life?: AbortSignal | undefined;
  /** Cancels the load: the Worker is terminated, or reading stops between two blocks. */
  readonly signal?: AbortSignal | undefined;
  /** Whether to show a sample of the vertices of a file that exceeds the free memory. Default: false, which makes it an error. */
  readonly fit?: boolean | undefined;
  /** Called when a Worker has started to read the file, so that this thread is free meanwhile. */
  readonly onWorker?: (() => void) | undefined;
  /** Default: the system's free memory. */
  readonly free?: FreeMemory;
}

/**
 * Reads a file and prepares its data. A large file is read in a Worker, so that this thread continues to render; the arrays are
 * transferred, not copied.
 *
 * @throws LoadError, or the reason of the signal
 */
export async function loadFile(
  request: Omit<ReadRequest, "sample">,
  report: ReportProgress,
  options: LoadFileOptions = {},
): Promise<PreparedData> {
  const { signal, fit = false, free = freeMemory() } = options;
  signal?.throwIfAborted();
  const inspection = inspectFile(request.path);
  const read: ReadRequest = { ...request, sample: fitMemory(request.path, inspection, free, fit) };
  return usesWorker(inspection) ? readInWorker(read, report, options) : readData(read, report, { signal });
}

function usesWorker({ bytes, memoryBytes }: FileInspection): boolean {
  return bytes >= MIN_WORKER_BYTES || memoryBytes >= MIN_WORKER_MEMORY;
}

function readInWorker(
  request: ReadRequest,
  report: ReportProgress,
  { onCoarse, late, onWorker, signal, life }: LoadFileOptions,
): Promise<PreparedData> {
  const worker = startWorker();
  const { promise, resolve, reject } = Promise.withResolvers<PreparedData>();
  const stop = (): void => reject(signal?.reason);
  signal?.addEventListener("abort", stop);
  let hasStarted = false;
  worker.onmessage = ({ data: message }: MessageEvent<WorkerMessage>) => {
    hasStarted = true;
    if (message.type === "progress") report(message.phase, message.fraction);
    else if (message.type === "coarse") onCoarse?.(message.data);
    else if (message.type === "data") finish(message.data);
    else if (message.type === "detail") {
      end();
      late?.onDetail(message.detail);
    } else reject(new LoadError(message.file, message.reason, message.details));
  };
  const fail = (detail: string): void => {
    // If the mesh was returned, it stays without levels of detail.
    end();
    if (hasStarted) reject(new LoadError(request.path, `loading it stopped unexpectedly (${detail})`));
    // The Worker did not start: the executable of a program that uses scenecast as a library does not contain the Worker's code.
    else resolve(readData(request, report, { signal }));
  };
  worker.onerror = ({ message }) => fail(message);
  const onClose = (): void => fail("the loading thread ended");
  worker.addEventListener("close", onClose);
  const end = (): void => {
    signal?.removeEventListener("abort", stop);
    life?.removeEventListener("abort", end);
    // Removed first: from here on, the thread ends because of terminate().
    worker.removeEventListener("close", onClose);
    worker.terminate();
  };
  const finish = (data: PreparedData): void => {
    signal?.removeEventListener("abort", stop);
    resolve(data);
    if (awaitingSurface(data) === undefined || life?.aborted) {
      end();
      return;
    }
    life?.addEventListener("abort", end);
    void late?.after.then(() => worker.postMessage("detail"));
  };
  worker.postMessage({ ...request, coarse: onCoarse !== undefined, late: late !== undefined });
  try {
    onWorker?.();
  } catch (error) {
    reject(error);
  }
  // An error ends the Worker; data that awaits its levels of detail does not.
  promise.catch(end);
  return promise;
}
