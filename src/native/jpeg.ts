import { type Pointer, ptr, read } from "bun:ffi";
import { JpegError, NativeLibraryError } from "./errors.ts";
import { turbojpegLibraryPath } from "./libraries.ts";
import { addSignalListener, nativeSignal } from "./signal.ts";
import { CODE, cString, type Handle, lastError, native, POOL_RESULT, toPointer } from "./symbols.ts";

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

export interface JpegOptions {
  /** 1 to 100. */
  quality: number;
  /** How coarse the colours are: none, halved in width, halved in width and height. */
  subsampling: "4:4:4" | "4:2:2" | "4:2:0";
  /** Whether pictures that are not for later go before this one, also when it was begun. Default false. */
  later?: boolean;
}

export interface DecodedImage {
  /** RGBA, top-down. */
  data: Uint8Array;
  width: number;
  height: number;
}

const SUBSAMPLING = { "4:4:4": 0, "4:2:2": 1, "4:2:0": 2 } as const;

/** 8192 x 8192: the largest texture of the embedded GL driver; 256 MiB as RGBA. */
const MAX_DECODED_PIXELS = 8192 * 8192;

interface Job {
  id: number;
  image: PixelImage;
  options: JpegOptions;
  resolve(jpeg: Uint8Array): void;
  reject(error: Error): void;
}

let turbojpegLoaded = false;
let pool: Handle | undefined;
let nextId = 1;
/** Handed to C; keeps their pixels referenced. */
const running = new Map<number, Job>();
/** Waiting for a free slot in C. */
const queue: Job[] = [];
const result = new ArrayBuffer(POOL_RESULT.size);
let resultPointer: Pointer | undefined;
let keepAlive: Timer | undefined;

/**
 * Encodes on threads of the pool (one per core, at most 4), never on this one. A picture of 131072 pixels or more is cut
 * into bands that several threads encode at the same time when they have no other pictures; then the file has restart
 * markers, is less than 1 % larger, and has the same pixels as that of encodeJpegSync.
 * `image.data` must not change until the promise settles; a pending encode keeps the process alive.
 * @throws JpegError (as a rejection) when sizes, quality or the buffer do not fit together
 */
export function encodeJpeg(image: PixelImage, options: JpegOptions): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    startPool();
    const id = nextId;
    nextId = nextId === 0xffffffff ? 1 : nextId + 1;
    queue.push({ id, image, options, resolve, reject });
    submitQueued();
  });
}

/** As encodeJpeg, on this thread alone and without restart markers: for one picture and exit. */
export function encodeJpegSync(image: PixelImage, options: JpegOptions): Uint8Array {
  loadTurbojpeg();
  const size = new BigUint64Array(1);
  const encoded = toPointer(
    native().sc_jpeg_encode_now(...pixelArguments(image), ...encodeArguments(image, options), size),
  );
  if (encoded === null) throw new JpegError(`${lastError().message}.`);
  return takeJpeg(encoded, Number(size[0]));
}

/**
 * Decodes a JPEG (baseline or progressive, grey or colour, 8 bits) to RGBA, top-down.
 * @throws JpegError for anything else, for broken or cut data, and for more than 8192 x 8192 pixels
 */
export function decodeJpeg(bytes: Uint8Array): DecodedImage {
  loadTurbojpeg();
  const size = new Int32Array(2);
  if (native().sc_jpeg_read_size(bytes, bytes.byteLength, MAX_DECODED_PIXELS, size) < 0) {
    throw new JpegError(`${lastError().message}.`);
  }
  const [width = 0, height = 0] = size;
  const data = new Uint8Array(width * height * 4);
  if (native().sc_jpeg_decode(bytes, bytes.byteLength, data, data.byteLength) < 0) {
    throw new JpegError(`${lastError().message}.`);
  }
  return { data, width, height };
}

function loadTurbojpeg(): void {
  if (turbojpegLoaded) return;
  if (native().sc_turbojpeg_load(cString(turbojpegLibraryPath())) < 0) {
    throw new NativeLibraryError(`${lastError().message}.`);
  }
  turbojpegLoaded = true;
}

function startPool(): void {
  if (pool !== undefined) return;
  loadTurbojpeg();
  const created = toPointer(native().sc_pool_create(0, nativeSignal()));
  if (created === null) throw new NativeLibraryError(`${lastError().message}.`);
  pool = created;
  resultPointer = ptr(result);
  addSignalListener(takeFinished);
  // The threads use a callback of this JavaScript engine: they end before it does.
  process.on("exit", stopPool);
}

function stopPool(): void {
  if (pool === undefined) return;
  native().sc_pool_destroy(pool);
  pool = undefined;
}

function pixelArguments(image: PixelImage): [Pointer, number] {
  // A small typed array moves when its buffer is first asked for: ask before the address is taken.
  void image.data.buffer;
  return [ptr(image.data), image.data.byteLength];
}

function encodeArguments(
  image: PixelImage,
  options: JpegOptions,
): [number, number, number, number, number, number] {
  for (const value of [image.width, image.height, options.quality]) {
    if (!Number.isInteger(value)) throw new JpegError(`${value} is not a whole number of pixels or quality.`);
  }
  const channels = image.format === "rgba" ? 4 : 3;
  return [
    image.width,
    image.height,
    channels,
    image.bottomUp ? 1 : 0,
    options.quality,
    SUBSAMPLING[options.subsampling],
  ];
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
function submit(target: Handle, job: Job): boolean {
  try {
    const code = native().sc_pool_submit(
      target,
      job.id,
      ...pixelArguments(job.image),
      ...encodeArguments(job.image, job.options),
      job.options.later ? 1 : 0,
    );
    if (code === CODE.full) return false;
    if (code < 0) throw new JpegError(`${lastError().message}.`);
    running.set(job.id, job);
  } catch (error) {
    job.reject(error instanceof Error ? error : new JpegError(String(error)));
  }
  return true;
}

function takeFinished(): void {
  const view = new DataView(result);
  while (
    pool !== undefined &&
    resultPointer !== undefined &&
    native().sc_pool_take(pool, resultPointer) === 1
  ) {
    const job = running.get(view.getUint32(POOL_RESULT.id, true));
    if (job === undefined) continue;
    running.delete(job.id);
    settle(job, view, resultPointer);
  }
  submitQueued();
  if (running.size === 0) {
    clearInterval(keepAlive);
    keepAlive = undefined;
  }
}

function settle(job: Job, view: DataView, address: Pointer): void {
  if (view.getInt32(POOL_RESULT.result, true) < 0) {
    const text = new Uint8Array(result, POOL_RESULT.message);
    job.reject(new JpegError(`${new TextDecoder().decode(text.subarray(0, text.indexOf(0)))}.`));
    return;
  }
  job.resolve(
    takeJpeg(read.ptr(address, POOL_RESULT.jpeg) as Pointer, read.intptr(address, POOL_RESULT.jpegSize)),
  );
}

function takeJpeg(encoded: Pointer, size: number): Uint8Array {
  const jpeg = new Uint8Array(size);
  if (native().sc_jpeg_take(encoded, jpeg, size) < 0) throw new JpegError(`${lastError().message}.`);
  return jpeg;
}
