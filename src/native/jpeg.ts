import type { Pointer } from "bun:ffi";
import { JpegError, jobError } from "./errors.ts";
import { turbojpegLibraryPath } from "./libraries.ts";
import { imageArguments, type PixelImage } from "./pixel-image.ts";
import { cString, lastError, lastNativeError, native, toPointer } from "./symbols.ts";
import { runPoolJob } from "./worker-pool.ts";

export interface JpegOptions {
  /** 1 to 100. */
  quality: number;
  /** Chroma subsampling: none, half width, half width and height. */
  subsampling: "4:4:4" | "4:2:2" | "4:2:0";
  /** Size of the JPEG, px; the image is scaled to fit and letterboxed on black. Default: the image's own size. */
  size?: { width: number; height: number };
  /** Whether jobs of normal priority run first, even if submitted after this one was started. Default false. */
  lowPriority?: boolean;
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

let turbojpegLoaded = false;

/**
 * Encodes on the pool's threads (one per core, at most 4), never on this one. An image of 131072 pixels or more is cut into bands
 * that several threads encode in parallel while they have no other jobs; the file then has restart markers, is less than 1 %
 * larger, and has the same pixels as that of {@link encodeJpegSync}.
 * `image.data` must not change until the promise settles; a pending encode keeps the process alive.
 * @throws JpegError (as a rejection) if sizes, quality or the buffer are not valid
 */
export function encodeJpeg(image: PixelImage, options: JpegOptions): Promise<Uint8Array> {
  const { width, height } = options.size ?? image;
  return runPoolJob(
    (pool, id) => {
      loadTurbojpeg();
      return native().sc_jpeg_submit(
        pool,
        id,
        ...imageArguments(image),
        ...optionArguments(options),
        integer(width),
        integer(height),
        options.lowPriority ? 1 : 0,
      );
    },
    takeJpeg,
    JpegError,
  );
}

/** Like {@link encodeJpeg}, but blocking, in the image's own size and without restart markers: for a command that encodes one image. */
export function encodeJpegSync(image: PixelImage, options: JpegOptions): Uint8Array {
  loadTurbojpeg();
  const size = new BigUint64Array(1);
  let encoded: Pointer | null;
  try {
    encoded = toPointer(
      native().sc_jpeg_encode_sync(...imageArguments(image), ...optionArguments(options), size),
    );
  } catch (error) {
    throw jobError(error, JpegError);
  }
  if (encoded === null) throw new JpegError(`${lastError().message}.`);
  return takeJpeg(encoded, Number(size[0]));
}

/**
 * Decodes a JPEG (baseline or progressive, grey or color, 8 bits) to RGBA, top-down.
 * @throws JpegError for any other data, for a damaged or truncated file, and for more than 8192 x 8192 pixels
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
  if (native().sc_turbojpeg_load(cString(turbojpegLibraryPath())) < 0) throw lastNativeError();
  turbojpegLoaded = true;
}

function optionArguments({ quality, subsampling }: JpegOptions): [quality: number, subsampling: number] {
  return [integer(quality), SUBSAMPLING[subsampling]];
}

function integer(value: number): number {
  if (!Number.isInteger(value)) throw new RangeError(`${value} is not a whole number of pixels or quality.`);
  return value;
}

function takeJpeg(encoded: Pointer, size: number): Uint8Array {
  const jpeg = new Uint8Array(size);
  if (native().sc_jpeg_take(encoded, jpeg, size) < 0) throw new JpegError(`${lastError().message}.`);
  return jpeg;
}
