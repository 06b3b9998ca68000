import { extendedInfoSize, InfoExtension, type PixelFormat } from "./info-extension.ts";
import { InfoLayout, MAX_BUFFERS } from "./info-layout.ts";
import type { MemoryBackend, OpenSegment } from "./memory-backend.ts";
import { MemoryLayoutError, type MemorySegment } from "./memory-segment.ts";
import { openSegments } from "./open-segments.ts";

/** Bytes of a pixel. */
export function componentsOf(format: PixelFormat): 3 | 4 {
  return format === "rgba" ? 4 : 3;
}

/** The segments of one image buffer manager, with their sizes checked. */
export interface ImageMemory<Memory extends ArrayBufferLike = ArrayBufferLike> {
  readonly images: readonly MemorySegment<Memory>[];
  readonly info: MemorySegment<Memory>;
  readonly layout: InfoLayout;
  /** Null where the producer is plain FURY. */
  readonly extension: InfoExtension | null;
  readonly format: PixelFormat;
  /** Whether it was created here, and its names are removed here. */
  readonly owned: boolean;
}

/** New image buffers. */
export interface CreateImageBuffers {
  /** The largest frame in px. Default 100x100, as FURY. */
  maxWindowSize?: readonly [width: number, height: number] | undefined;
  /** 1 to 510. Default 2. */
  numBuffers?: number | undefined;
  /** Default "rgb", which every FURY reader understands; "rgba" is for our own server alone. */
  pixelFormat?: PixelFormat | undefined;
}

/**
 * The image buffers that were given, or their names, which may come from another program.
 * @throws MemoryLayoutError when they are no list.
 */
export function listOf<Item>(items: readonly Item[], option: string): readonly Item[] {
  if (Array.isArray(items)) return items;
  throw new MemoryLayoutError(`${option} must be a list, one for each image buffer; it is ${items}.`);
}

/** Opens the segments that somebody else made. */
export interface OpenImages<Memory extends ArrayBufferLike> {
  images: readonly OpenSegment<Memory>[];
  info: OpenSegment<Memory>;
}

/**
 * Lays new, zeroed segments out. The image segments are only committed as frames need them.
 * @throws RangeError for a size or a number of buffers that cannot be.
 */
export function createImageMemory<Memory extends ArrayBufferLike>(
  kind: MemoryBackend<Memory>,
  options: CreateImageBuffers,
): ImageMemory<Memory> {
  const { maxWindowSize = [100, 100], numBuffers = 2, pixelFormat: format = "rgb" } = options;
  const [maxWidth, maxHeight] = maxWindowSize;
  checkSize(maxWidth, maxHeight);
  checkNumBuffers(numBuffers);
  checkFormat(format);
  const bytes = maxWidth * maxHeight * componentsOf(format);
  return openSegments(true, (open) => {
    const info = open(kind.create(extendedInfoSize(numBuffers), "infoBuffer"));
    const images = Array.from({ length: numBuffers }, (_, index) =>
      open(kind.create(bytes, `imageBuffers[${index}]`)),
    );
    info.reserve(info.size);
    const layout = InfoLayout.create(info, numBuffers);
    const extension = InfoExtension.create(info, { numBuffers, format, maxWidth, maxHeight });
    return { images, info, layout, extension, format, owned: true };
  });
}

/** @throws MemoryLayoutError when the info segment does not fit the image segments. */
export function attachImageMemory<Memory extends ArrayBufferLike>(
  from: OpenImages<Memory>,
): ImageMemory<Memory> {
  checkNumBuffers(from.images.length);
  return openSegments(false, (open) => {
    const info = open(from.info());
    const images = from.images.map((image) => open(image()));
    const layout = InfoLayout.attach(info, images.length);
    const extension = InfoExtension.attach(info, images.length);
    return { images, info, layout, extension, format: extension?.format ?? "rgb", owned: false };
  });
}

/** Closes the segments; whoever created them removes their names. May be called twice. */
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
  throw new RangeError(`There must be 1 to ${MAX_BUFFERS} image buffers; ${numBuffers} were asked for.`);
}

function checkFormat(format: PixelFormat): void {
  if (format === "rgb" || format === "rgba") return;
  throw new RangeError(`pixelFormat must be "rgb" or "rgba"; it is ${JSON.stringify(format)}.`);
}
