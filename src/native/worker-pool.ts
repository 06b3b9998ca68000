import { type Pointer, ptr, read } from "bun:ffi";
import { jobError } from "./errors.ts";
import { nativeSignal, pollOnSignal } from "./signal.ts";
import { CODE, type Handle, lastError, lastNativeError, native, POOL_RESULT, toPointer } from "./symbols.ts";

/** A job for the pool's threads. */
interface PoolJob {
  submit(pool: Handle, id: number): number;
  settle(output: Pointer, size: number): void;
  reject(error: unknown): void;
}

let pool: Handle | undefined;
let nextId = 1;
/** Jobs submitted to C, by id; keeps their buffers referenced. */
const submitted = new Map<number, PoolJob>();
/** Jobs waiting for a free slot in C. */
const queue: PoolJob[] = [];
const result = new ArrayBuffer(POOL_RESULT.bytes);
let resultPointer: Pointer | undefined;
let keepAlive: Timer | undefined;

/** The threads that encode, one per core and at most 4. Started by the first call; undefined after the process's exit event. */
export function workerPool(): Handle | undefined {
  if (resultPointer !== undefined) return pool;
  const created = toPointer(native().sc_pool_create(0, nativeSignal()));
  if (created === null) throw lastNativeError();
  pool = created;
  resultPointer = ptr(result);
  pollOnSignal(takeFinished, () => {
    pool = undefined;
    native().sc_pool_destroy(created);
  });
  return pool;
}

/**
 * Runs a job on the pool's threads (native/worker_pool.h), or queues it for a free slot. Its buffers must not change until it is
 * settled. A pending job keeps the process alive.
 * @param submit calls the C function that submits the job, and returns its code
 * @param take converts the job's output, `size` bytes at an address, to the result; the address is 0 without an output
 * @throws ErrorClass (as a rejection) with a message of the C library or of a RangeError; other errors of `submit` unchanged
 */
export function runPoolJob<T>(
  submit: (pool: Handle, id: number) => number,
  take: (output: Pointer, size: number) => T,
  ErrorClass: new (message: string) => Error,
): Promise<T> {
  return new Promise((resolve, reject) => {
    workerPool();
    queue.push({
      submit,
      settle: (output, size) => resolve(take(output, size)),
      reject: (error) => reject(jobError(error, ErrorClass)),
    });
    submitQueued();
  });
}

function submitQueued(): void {
  while (queue.length > 0 && pool !== undefined) {
    const job = queue[0];
    if (job === undefined || !submit(pool, job)) break;
    queue.shift();
  }
  if (submitted.size > 0) keepAlive ??= setInterval(() => {}, 0x7fffffff);
}

/** Returns false if no slot is free. */
function submit(target: Handle, job: PoolJob): boolean {
  const id = nextId;
  try {
    const code = job.submit(target, id);
    if (code === CODE.full) return false;
    if (code < 0) job.reject(lastError().message);
    else submitted.set(id, job);
  } catch (error) {
    job.reject(error);
  }
  nextId = id === 0xffffffff ? 1 : id + 1;
  return true;
}

function takeFinished(): void {
  const view = new DataView(result);
  while (
    pool !== undefined &&
    resultPointer !== undefined &&
    native().sc_pool_take(pool, resultPointer) === 1
  ) {
    const id = view.getUint32(POOL_RESULT.id, true);
    const job = submitted.get(id);
    if (job === undefined) continue;
    submitted.delete(id);
    try {
      settle(job, view, resultPointer);
    } catch (error) {
      // An exception here would leave the remaining results in the queue.
      job.reject(error);
    }
  }
  submitQueued();
  if (submitted.size === 0) {
    clearInterval(keepAlive);
    keepAlive = undefined;
  }
}

function settle(job: PoolJob, view: DataView, address: Pointer): void {
  if (view.getInt32(POOL_RESULT.result, true) < 0) {
    const text = new Uint8Array(result, POOL_RESULT.message);
    job.reject(new TextDecoder().decode(text.subarray(0, text.indexOf(0))));
    return;
  }
  job.settle(read.ptr(address, POOL_RESULT.output) as Pointer, read.intptr(address, POOL_RESULT.outputSize));
}
