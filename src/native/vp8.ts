import { Vp8Error } from "./errors.ts";
import { imageArguments, type PixelImage } from "./pixel-image.ts";
import { type Handle, lastNativeError, native, toPointer, VP8_INFO } from "./symbols.ts";
import { runPoolJob, workerPool } from "./worker-pool.ts";

/** Options of one frame of a stream. */
export interface Vp8Options {
  /** Average bitrate of the stream from now on, bit/s: 50,000 to 100,000,000. It has no effect on a film. */
  bitrate: number;
  /** Whether it must be a keyframe. The first frame, and one of another size, always are. Default false. */
  keyframe?: boolean;
  /** Presentation time, ms of any clock: the rate control derives the frame rate from it. */
  timeMs: number;
}

/** One frame of a VP8 stream. */
export interface Vp8Frame {
  bytes: Uint8Array;
  /** Whether it decodes without the frames before it. */
  keyframe: boolean;
  /** 0 (the finest) to 63. */
  quantizer: number;
  /** Encoding time, ms, without waiting for a thread. */
  encodeMs: number;
}

const encoders = new FinalizationRegistry<Handle>(closeHandle);

/**
 * A VP8 stream, encoded on the pool's threads. Frames are encoded one after the other, in the order of the calls. A frame of
 * another size begins a new stream, with a keyframe; so does the one after a failure.
 */
export class Vp8Encoder {
  readonly #handle: Handle;
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  /**
   * @param filmQuantizer 1 (the finest) to 63: encodes a film, whose frames all have this quantizer, are of libvpx's good mode, and depend
   *   on nothing but the images. Default: for low latency, by the bitrate.
   * @throws NativeLibraryError if there are no threads or no memory, or the process exits
   */
  constructor({ filmQuantizer = 0 }: { readonly filmQuantizer?: number } = {}) {
    const pool = workerPool();
    const handle = pool === undefined ? null : toPointer(native().sc_vp8_stream_open(pool, filmQuantizer));
    if (handle === null) throw lastNativeError();
    this.#handle = handle;
    encoders.register(this, handle, this);
  }

  /**
   * `image.data` must not change until the promise settles; a pending encode keeps the process alive.
   * @throws Vp8Error (as a rejection) if sizes, bitrate or the buffer are not valid, and after {@link close}
   */
  encode(image: PixelImage, options: Vp8Options): Promise<Vp8Frame> {
    if (this.#closed) return Promise.reject(new Vp8Error("This VP8 encoder was closed."));
    const frame = this.#last.then(() => this.#encode(image, options));
    this.#last = frame.catch(() => undefined);
    return frame;
  }

  /** Frees the encoder when the queued frames are encoded. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    encoders.unregister(this);
    void this.#last.then(() => closeHandle(this.#handle));
  }

  #encode(image: PixelImage, { bitrate, keyframe = false, timeMs }: Vp8Options): Promise<Vp8Frame> {
    if (!Number.isFinite(bitrate) || !Number.isFinite(timeMs)) {
      throw new Vp8Error(`Bitrate and time must be finite numbers, not ${bitrate} bit/s and ${timeMs} ms.`);
    }
    return runPoolJob(
      (pool, id) =>
        native().sc_vp8_submit(
          pool,
          this.#handle,
          id,
          ...imageArguments(image),
          Math.round(bitrate),
          keyframe ? 1 : 0,
          Math.round(timeMs * 1000),
        ),
      (output, size) => {
        const bytes = new Uint8Array(size);
        const infoBytes = new Uint8Array(new ArrayBuffer(VP8_INFO.bytes));
        native().sc_vp8_take(output, bytes, size, infoBytes);
        const info = new DataView(infoBytes.buffer);
        return {
          bytes,
          keyframe: info.getInt32(VP8_INFO.keyframe, true) !== 0,
          quantizer: info.getInt32(VP8_INFO.quantizer, true),
          encodeMs: info.getFloat64(VP8_INFO.encodeMs, true),
        };
      },
      Vp8Error,
    );
  }
}

function closeHandle(handle: Handle): void {
  const pool = workerPool();
  // When a pool is destroyed, so are its streams.
  if (pool !== undefined) native().sc_vp8_stream_close(pool, handle);
}
