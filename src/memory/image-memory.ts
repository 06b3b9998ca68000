import { InfoExtension, type PixelFormat } from "./info-extension.ts";
import { InfoLayout, MOST_BUFFERS } from "./info-layout.ts";
import type { MemorySegment } from "./memory-segment.ts";

/** Bytes of a pixel. */
export function componentsOf(format: PixelFormat): 3 | 4 {
  return format === "rgba" ? 4 : 3;
}

/** The segments of one image buffer manager, with their sizes checked. */
export interface ImageMemory {
  readonly images: readonly MemorySegment[];
  readonly info: MemorySegment;
  readonly layout: InfoLayout;
  /** Null where the producer is plain FURY. */
  readonly extension: InfoExtension | null;
  readonly format: PixelFormat;
  /** Whether it was created here, and its names are removed here. */
  readonly owned: boolean;
}

/** The shape of new image memory. */
export interface ImageMemoryShape {
  maxWidth: number;
  maxHeight: number;
  numBuffers: number;
  format: PixelFormat;
}

/** @throws RangeError for a size or a number of buffers that cannot be. */
export function checkImageShape(shape: ImageMemoryShape): void {
  const { maxWidth, maxHeight, numBuffers } = shape;
  if (!(Number.isInteger(maxWidth) && Number.isInteger(maxHeight) && maxWidth > 0 && maxHeight > 0)) {
    throw new RangeError(
      `maxWindowSize is ${maxWidth}x${maxHeight}; both must be whole numbers of px from 1 on.`,
    );
  }
  checkNumBuffers(numBuffers);
}

/** @throws RangeError for a number of buffers outside 1..8. */
export function checkNumBuffers(numBuffers: number): void {
  if (Number.isInteger(numBuffers) && numBuffers >= 1 && numBuffers <= MOST_BUFFERS) return;
  throw new RangeError(`There must be 1 to ${MOST_BUFFERS} image buffers; ${numBuffers} were asked for.`);
}

/** Lays new, zeroed segments out. The image segments are only committed as frames need them. */
export function createImageMemory(
  images: readonly MemorySegment[],
  info: MemorySegment,
  shape: ImageMemoryShape,
): ImageMemory {
  info.reserve(info.size);
  const layout = InfoLayout.create(info, shape.numBuffers);
  const extension = InfoExtension.create(info, shape);
  return { images, info, layout, extension, format: shape.format, owned: true };
}

/** @throws MemoryLayoutError when the info segment does not fit the image segments. */
export function attachImageMemory(images: readonly MemorySegment[], info: MemorySegment): ImageMemory {
  checkNumBuffers(images.length);
  const layout = InfoLayout.attach(info, images.length);
  const extension = InfoExtension.attach(info, images.length);
  return { images, info, layout, extension, format: extension?.format ?? "rgb", owned: false };
}
