import { addPoolJob, encodePool, type PixelImage, pixelArguments } from "./encode-pool.ts";
import { NativeLibraryError, Vp8Error } from "./errors.ts";
import { type Handle, lastError, native, toPointer } from "./symbols.ts";

/** How one picture of a stream is to be encoded. */
export interface Vp8Options {
  /** bit/s that the stream takes on average from now on: 50,000 to 100,000,000. */
  bitrate: number;
  /** Whether it must be one that needs no other. The first, and one of another size, are that anyway. Default false. */
  keyframe?: boolean;
  /** When it was made, ms of any clock: tells the encoder how many frames a second there are. */
  timeMs: number;
}

/** One frame of a VP8 stream. */
export interface Vp8Frame {
  bytes: Uint8Array;
  /** Whether it needs no other; else it is a difference to the frame before. */
  keyframe: boolean;
  /** How coarse it is: 0 (the finest) to 63. */
  quantizer: number;
  /** What encoding took, ms, without waiting for a thread. */
  encodeMs: number;
}

const encoders = new FinalizationRegistry<Handle>(closeHandle);

/**
 * A VP8 stream, encoded on the threads of the pool. Frames are encoded one after the other in the order in which they
 * were asked for. A picture of another size begins a new stream, with a keyframe; so does the one after a failure.
 */
export class Vp8Encoder {
  readonly #handle: Handle;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /** @throws NativeLibraryError where there are no threads or no memory, or the process ends */
  constructor() {
    const pool = encodePool();
    const handle = pool === undefined ? null : toPointer(native().sc_pool_open_vp8(pool));
    if (handle === null) throw new NativeLibraryError(`${lastError().message}.`);
    this.#handle = handle;
    encoders.register(this, handle, this);
  }

  /**
   * `image.data` must not change until it settles; a pending encode keeps the process alive.
   * @throws Vp8Error (as a rejection) when sizes, bitrate or the buffer do not fit together, and after {@link close}
   */
  encode(image: PixelImage, options: Vp8Options): Promise<Vp8Frame> {
    if (this.#closed) return Promise.reject(new Vp8Error("This VP8 encoder was closed."));
    const frame = this.#last.then(() => this.#encode(image, options));
    this.#last = frame.catch(() => undefined);
    return frame;
  }

  /** Frees it when what was asked for is done. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    encoders.unregister(this);
    void this.#last.then(() => closeHandle(this.#handle));
  }

  #encode(image: PixelImage, options: Vp8Options): Promise<Vp8Frame> {
    return new Promise((resolve, reject) => {
      addPoolJob({
        submit: (pool, id) =>
          native().sc_pool_submit_vp8(
            pool,
            this.#handle,
            id,
            ...pixelArguments(image),
            ...encodeArguments(image, options),
          ),
        settle({ made, size, keyframe, quantizer, encodeMs }) {
          const bytes = new Uint8Array(size);
          native().sc_vp8_take(made, bytes, size);
          resolve({ bytes, keyframe, quantizer, encodeMs });
        },
        reject: (error) => reject(typeof error === "string" ? new Vp8Error(`${error}.`) : error),
      });
    });
  }
}

/**
 * RGB as VP8 sees it: BT.601 in limited range, three planes one after the other (luma, blue and red chroma), top-down.
 * @throws Vp8Error when size and buffer do not fit together
 */
export function toI420(image: PixelImage): Uint8Array {
  const { width, height, format, bottomUp } = image;
  const planes = new Uint8Array(width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2));
  const channels = format === "rgba" ? 4 : 3;
  const code = native().sc_i420_from_pixels(
    ...pixelArguments(image),
    width,
    height,
    channels,
    bottomUp ? 1 : 0,
    planes,
    planes.byteLength,
  );
  if (code < 0) throw new Vp8Error(`${lastError().message}.`);
  return planes;
}

function closeHandle(handle: Handle): void {
  const pool = encodePool();
  // The pool's end was the encoder's.
  if (pool !== undefined) native().sc_pool_close_vp8(pool, handle);
}

function encodeArguments(
  { width, height, format, bottomUp }: PixelImage,
  { bitrate, keyframe = false, timeMs }: Vp8Options,
): [number, number, number, number, number, number, number] {
  for (const value of [width, height]) {
    if (!Number.isInteger(value)) throw new Vp8Error(`${value} is not a whole number of pixels.`);
  }
  if (!Number.isFinite(bitrate) || !Number.isFinite(timeMs)) {
    throw new Vp8Error(`A bitrate of ${bitrate} bit/s at ${timeMs} ms is none.`);
  }
  return [
    ...([width, height, format === "rgba" ? 4 : 3, bottomUp ? 1 : 0] as const),
    ...([Math.round(bitrate), keyframe ? 1 : 0, Math.round(timeMs * 1000)] as const),
  ];
}
