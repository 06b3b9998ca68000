import type { PixelFormat } from "./frame-metadata.ts";
import { extendedInfoSize, InfoExtension } from "./info-extension.ts";
import { InfoLayout } from "./info-layout.ts";
import { MAX_BUFFERS } from "./layout.generated.ts";
import type { MemoryBackend, SegmentKey } from "./memory-backend.ts";
import { MemoryLayoutError, type MemorySegment } from "./memory-segment.ts";
import { openSegments } from "./open-segments.ts";

/** Bytes per pixel. */
export function componentsOf(format: PixelFormat): 3 | 4 {
  return format === "rgba" ? 4 : 3;
}

/** The segments of one image, with their sizes checked. */
export interface ImageMemory {
  readonly images: readonly MemorySegment[];
  readonly info: MemorySegment;
  readonly layout: InfoLayout;
  /** Null if the producer is plain FURY. */
  readonly extension: InfoExtension | null;
  readonly format: PixelFormat;
  /** Whether the segments were created here, so that their names are removed here. */
  readonly owned: boolean;
  /** Whether the image segments are mapped for reading only. */
  readonly readOnly: boolean;
}

/** Shape of a new image. */
export interface ImageShape {
  /** The largest frame in px. Default 100x100, as in FURY. */
  maxWindowSize?: readonly [width: number, height: number] | undefined;
  /** 1 to 510. Default 2. */
  numBuffers?: number | undefined;
  /** Default "rgb", which every FURY reader understands; "rgba" is only for readers of the extension. */
  pixelFormat?: PixelFormat | undefined;
}

/** Keys by which another process or Worker attaches to an image. */
export interface ImageKeys<Key extends SegmentKey> {
  images: readonly Key[];
  info: Key;
  /**
   * Maps the image segments for reading: writing a frame throws, and the end of a plain FURY producer is detected too.
   * Default false.
   */
  readOnly?: boolean | undefined;
}

/**
 * Creates zeroed segments and writes their headers. Image segments are committed only as frames need them.
 * @throws RangeError for an invalid size, number of buffers or pixel format
 */
export function createImageMemory<Key extends SegmentKey>(
  backend: MemoryBackend<Key>,
  shape: ImageShape,
): ImageMemory {
  const { maxWindowSize = [100, 100], numBuffers = 2, pixelFormat: format = "rgb" } = shape;
  const [maxWidth, maxHeight] = maxWindowSize;
  checkSize(maxWidth, maxHeight);
  checkNumBuffers(numBuffers);
  checkFormat(format);
  const bytes = maxWidth * maxHeight * componentsOf(format);
  return openSegments(true, (open) => {
    const info = open(backend.create(extendedInfoSize(numBuffers), "infoBuffer"));
    const images = Array.from({ length: numBuffers }, (_, index) =>
      open(backend.create(bytes, `imageBuffers[${index}]`)),
    );
    info.reserve(info.size);
    const layout = InfoLayout.create(info, numBuffers);
    const extension = InfoExtension.create(info, { numBuffers, format, maxWidth, maxHeight });
    return { images, info, layout, extension, format, owned: true, readOnly: false };
  });
}

/** @throws MemoryLayoutError if the info segment does not match the image segments */
export function attachImageMemory<Key extends SegmentKey>(
  backend: MemoryBackend<Key>,
  { images: keys, info: infoKey, readOnly = false }: ImageKeys<Key>,
): ImageMemory {
  assertList(keys, "imageBuffers");
  checkNumBuffers(keys.length);
  return openSegments(false, (open) => {
    const info = open(backend.attach(infoKey, "infoBuffer"));
    const images = keys.map((key, index) =>
      open(backend.attach(key, `imageBuffers[${index}]`, { readOnly })),
    );
    const layout = InfoLayout.attach(info, images.length);
    const extension = InfoExtension.attach(info, images.length);
    return { images, info, layout, extension, format: extension?.format ?? "rgb", owned: false, readOnly };
  });
}

/** @throws MemoryLayoutError if `keys`, which another program may have supplied, is not a list; `option` names it in the message */
export function assertList<Item>(keys: readonly Item[], option: string): readonly Item[] {
  if (Array.isArray(keys)) return keys;
  throw new MemoryLayoutError(`${option} must be a list, one for each image buffer; it is ${keys}.`);
}

/** Closes the segments, and removes their names if they were created here. May be called twice. */
export function releaseImageMemory({ images, info, owned }: ImageMemory): void {
  for (const segment of [...images, info]) {
    if (owned) segment.unlink();
    segment.close();
  }
}

function checkSize(width: number, height: number): void {
  if (Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0) return;
  throw new RangeError(`maxWindowSize is ${width}x${height}; both must be whole numbers of px from 1 on.`);
}

function checkNumBuffers(numBuffers: number): void {
  if (Number.isInteger(numBuffers) && numBuffers >= 1 && numBuffers <= MAX_BUFFERS) return;
  throw new RangeError(`There must be 1 to ${MAX_BUFFERS} image buffers; ${numBuffers} were requested.`);
}

function checkFormat(format: PixelFormat): void {
  if (format === "rgb" || format === "rgba") return;
  throw new RangeError(`pixelFormat must be "rgb" or "rgba"; it is ${JSON.stringify(format)}.`);
}
