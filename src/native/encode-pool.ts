import { type Pointer, ptr, read } from "bun:ffi";
import { NativeLibraryError } from "./errors.ts";
import { addSignalListener, nativeSignal } from "./signal.ts";
import { CODE, type Handle, lastError, native, POOL_RESULT, toPointer } from "./symbols.ts";

/** Pixels in rows without gaps, 8 bits a channel. */
export interface PixelImage {
  data: Uint8Array;
  /** px */
  width: number;
  /** px */
  height: number;
  /** "rgba": the fourth byte is ignored, as if opaque. */
  format: "rgb" | "rgba";
  /** True when the first row is the lowest (WebGL's and FURY's order). */
  bottomUp: boolean;
}

/** What a job has made. */
export interface PoolResult {
  /** For the C library's function that takes it. */
  made: Pointer;
  /** bytes */
  size: number;
  /** Of VP8 alone, like the next two. */
  keyframe: boolean;
  quantizer: number;
  encodeMs: number;
}

/** Work for the pool. Whatever it needs must stay as it is until it is settled. */
export interface PoolJob {
  /** Hands it to the C library and returns its code. May throw: then it is rejected with that. */
  submit(pool: Handle, id: number): number;
  settle(result: PoolResult): void;
  /** `error`: what {@link submit} threw, else a message of the C library without a full stop. */
  reject(error: unknown): void;
}

let pool: Handle | undefined;
let nextId = 1;
/** Handed to C; keeps what they need referenced. */
const running = new Map<number, PoolJob>();
/** Waiting for a free slot in C. */
const queue: PoolJob[] = [];
const result = new ArrayBuffer(POOL_RESULT.bytes);
let resultPointer: Pointer | undefined;
let keepAlive: Timer | undefined;

/** The threads that encode, one per core and at most 4; started on the first call, and undefined after the process's exit. */
export function encodePool(): Handle | undefined {
  if (resultPointer !== undefined) return pool;
  const created = toPointer(native().sc_pool_create(0, nativeSignal()));
  if (created === null) throw new NativeLibraryError(`${lastError().message}.`);
  pool = created;
  resultPointer = ptr(result);
  addSignalListener(takeFinished);
  // The threads use a callback of this JavaScript engine: they end before it does.
  process.on("exit", stopPool);
  return pool;
}

/** Begins a job, or lets it wait for a free slot; one that is pending keeps the process alive. */
export function addPoolJob(job: PoolJob): void {
  encodePool();
  queue.push(job);
  submitQueued();
}

/** Where a picture is, for C. */
export function pixelArguments(image: PixelImage): [Pointer, number] {
  // A small typed array moves when its buffer is first asked for: ask before the address is taken.
  void image.data.buffer;
  return [ptr(image.data), image.data.byteLength];
}

function stopPool(): void {
  if (pool === undefined) return;
  native().sc_pool_destroy(pool);
  pool = undefined;
}

function submitQueued(): void {
  while (queue.length > 0 && pool !== undefined) {
    const job = queue[0];
    if (job === undefined || !submit(pool, job)) break;
    queue.shift();
  }
  if (running.size > 0) keepAlive ??= setInterval(() => {}, 0x7fffffff);
}

// False when no slot is free: then the job waits for one.
function submit(target: Handle, job: PoolJob): boolean {
  const id = nextId;
  try {
    const code = job.submit(target, id);
    if (code === CODE.full) return false;
    if (code < 0) job.reject(lastError().message);
    else running.set(id, job);
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
    const job = running.get(id);
    if (job === undefined) continue;
    running.delete(id);
    try {
      settle(job, view, resultPointer);
    } catch (error) {
      // An exception here would leave the remaining results in the queue.
      job.reject(error);
    }
  }
  submitQueued();
  if (running.size === 0) {
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
  job.settle({
    made: read.ptr(address, POOL_RESULT.made) as Pointer,
    size: read.intptr(address, POOL_RESULT.madeSize),
    keyframe: view.getInt32(POOL_RESULT.keyframe, true) !== 0,
    quantizer: view.getInt32(POOL_RESULT.quantizer, true),
    encodeMs: view.getFloat64(POOL_RESULT.encodeMs, true),
  });
}
