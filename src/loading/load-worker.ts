/** Entry point of the Worker that reads one large file. It receives a `ReadRequest`, and later perhaps "detail", and answers with
 * `WorkerMessage`s. */
import { setPriority } from "node:os";
import { LoadError, type LoadErrorDetails } from "../formats/load-error.ts";
import type { LoadPhase } from "./load-phase.ts";
import { awaitingSurface } from "./prepare-data.ts";
import type { PreparedData, PreparedMesh, PreparedSurface } from "./prepared-data.ts";
import { type ReadRequest, readData } from "./read-data.ts";
import { type LateDetail, makeLateDetail } from "./surface-detail.ts";

declare const self: Worker;

export type WorkerMessage =
  | { readonly type: "progress"; readonly phase: LoadPhase; readonly fraction: number }
  | { readonly type: "coarse"; readonly data: PreparedMesh }
  | { readonly type: "data"; readonly data: PreparedData }
  /** The answer to "detail". */
  | { readonly type: "detail"; readonly detail: LateDetail }
  /** The parts of a `LoadError`: structured cloning does not preserve its class. */
  | {
      readonly type: "error";
      readonly file: string;
      readonly reason: string;
      readonly details: Pick<LoadErrorDetails, "format" | "position">;
    };

/** Interval of progress messages within a phase, ms. */
const PROGRESS_INTERVAL_MS = 50;

/** Nice value of this thread and of the kernels' threads that it starts: rendering frames has precedence over loading. */
const NICENESS = 10;

/** The surface that was sent without levels of detail; undefined if every surface had them. */
let awaiting: PreparedSurface | undefined;

self.onmessage = (event: MessageEvent<ReadRequest | "detail">) => {
  if (event.data === "detail") sendDetail();
  else read(event.data);
};

function read(request: ReadRequest): void {
  if (request.drafts) setPriority(NICENESS);
  let [lastPhase, lastReport] = ["", 0];
  const report = (phase: LoadPhase, fraction: number): void => {
    if (phase === lastPhase && performance.now() - lastReport < PROGRESS_INTERVAL_MS) return;
    [lastPhase, lastReport] = [phase, performance.now()];
    post({ type: "progress", phase, fraction });
  };
  const onCoarse = request.coarse
    ? (data: PreparedMesh) => post({ type: "coarse", data }, buffersIn(data))
    : undefined;
  readData(request, report, { onCoarse }).then(
    (data) => {
      awaiting = awaitingSurface(data);
      post({ type: "data", data }, buffersIn(data));
    },
    (error: unknown) => {
      // `readData` throws no other errors. Any other error is a bug, and ends the Worker with an error event that has its location.
      if (!(error instanceof LoadError)) throw error;
      const { file, reason, format, position } = error;
      post({
        type: "error",
        file,
        reason,
        details: { ...(format && { format }), ...(position && { position }) },
      });
    },
  );
}

function post(message: WorkerMessage, transfer: ArrayBuffer[] = []): void {
  self.postMessage(message, transfer);
}

/** Makes and sends what a surface was sent without; the memory of its arrays is shared. */
function sendDetail(): void {
  const detail = awaiting?.awaits && makeLateDetail(awaiting, awaiting.awaits.watertight);
  if (detail !== undefined) post({ type: "detail", detail }, buffersIn(detail));
}

/** The distinct buffers in plain data, and of its typed arrays. They are transferred instead of copied; those in shared memory are shared. */
function buffersIn(data: unknown): ArrayBuffer[] {
  const buffers = new Set<ArrayBuffer>();
  const visit = (value: unknown): void => {
    if (ArrayBuffer.isView(value)) visit(value.buffer);
    else if (value instanceof ArrayBuffer) buffers.add(value);
    else if (typeof value === "object" && value !== null) Object.values(value).forEach(visit);
  };
  visit(data);
  return [...buffers];
}
