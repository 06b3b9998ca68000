import type { Pointer } from "bun:ffi";
import { addPoolJob, type PixelImage, pixelArguments } from "./encode-pool.ts";
import { JpegError, NativeLibraryError } from "./errors.ts";
import { turbojpegLibraryPath } from "./libraries.ts";
import { cString, lastError, native, toPointer } from "./symbols.ts";

export type { PixelImage } from "./encode-pool.ts";

export interface JpegOptions {
  /** 1 to 100. */
  quality: number;
  /** How coarse the colours are: none, halved in width, halved in width and height. */
  subsampling: "4:4:4" | "4:2:2" | "4:2:0";
  /** Size of the JPEG, px; the picture is scaled to fit and letterboxed on black. Default: the picture's own size. */
  size?: { width: number; height: number };
  /** Whether pictures that are not for later go before this one, also when it was begun. Default false. */
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
 * Encodes on threads of the pool (one per core, at most 4), never on this one. A picture of 131072 pixels or more is cut
 * into bands that several threads encode at the same time when they have no other pictures; then the file has restart
 * markers, is less than 1 % larger, and has the same pixels as that of encodeJpegSync.
 * `image.data` must not change until the promise settles; a pending encode keeps the process alive.
 * @throws JpegError (as a rejection) when sizes, quality or the buffer do not fit together
 */
export function encodeJpeg(image: PixelImage, options: JpegOptions): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    loadTurbojpeg();
    addPoolJob({
      submit: (pool, id) =>
        native().sc_pool_submit(
          pool,
          id,
          ...pixelArguments(image),
          ...encodeArguments(image, options),
          options.size?.width ?? image.width,
          options.size?.height ?? image.height,
          options.lowPriority ? 1 : 0,
        ),
      settle: ({ made, size }) => resolve(takeJpeg(made, size)),
      reject: (error) => reject(typeof error === "string" ? new JpegError(`${error}.`) : error),
    });
  });
}

/** Like encodeJpeg, but blocking, in the picture's own size and without restart markers: for a command that encodes one picture. */
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

function encodeArguments(
  image: PixelImage,
  options: JpegOptions,
): [number, number, number, number, number, number] {
  const { width, height } = options.size ?? image;
  for (const value of [image.width, image.height, width, height, options.quality]) {
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

function takeJpeg(encoded: Pointer, size: number): Uint8Array {
  const jpeg = new Uint8Array(size);
  if (native().sc_jpeg_take(encoded, jpeg, size) < 0) throw new JpegError(`${lastError().message}.`);
  return jpeg;
}
