import { SharedMemoryError } from "../native/errors.ts";
import { type CopyResult, copyUntorn } from "../native/frame-copy.ts";
import type { PixelFormat, SlotBlock } from "./extension-blocks.ts";
import { extendedInfoSize, INDEX_OFFSET, InfoExtension, InfoLayout, sizeOffset } from "./info-segment.ts";
import { MAX_BUFFERS } from "./layout.generated.ts";
import type { MemoryBackend, SegmentKey } from "./memory-backend.ts";
import { MemoryLayoutError, type MemorySegment, removeSegment } from "./memory-segment.ts";

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
  /** Closes the segments, and removes their names if they were created here. */
  readonly opened: DisposableStack;
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
  using opening = new DisposableStack();
  const create = (size: number, role: string) => opening.adopt(backend.create(size, role), removeSegment);
  const info = create(extendedInfoSize(numBuffers), "infoBuffer");
  const images = Array.from({ length: numBuffers }, (_, index) => create(bytes, `imageBuffers[${index}]`));
  info.reserve(info.size);
  const layout = InfoLayout.create(info, numBuffers);
  const extension = InfoExtension.create(info, { numBuffers, format, maxWidth, maxHeight });
  return { images, info, layout, extension, format, owned: true, readOnly: false, opened: opening.move() };
}

/** @throws MemoryLayoutError if the info segment does not match the image segments */
export function attachImageMemory<Key extends SegmentKey>(
  backend: MemoryBackend<Key>,
  { images: keys, info: infoKey, readOnly = false }: ImageKeys<Key>,
): ImageMemory {
  assertList(keys, "imageBuffers");
  checkNumBuffers(keys.length);
  using opening = new DisposableStack();
  const attach = (...args: Parameters<typeof backend.attach>) =>
    opening.adopt(backend.attach(...args), (segment) => segment.close());
  const info = attach(infoKey, "infoBuffer");
  const images = keys.map((key, index) => attach(key, `imageBuffers[${index}]`, { readOnly }));
  const layout = InfoLayout.attach(info, images.length);
  const extension = InfoExtension.attach(info, images.length);
  const format = extension?.format ?? "rgb";
  return { images, info, layout, extension, format, owned: false, readOnly, opened: opening.move() };
}

/** @throws MemoryLayoutError if `keys`, which another program may have supplied, is not a list; `option` names it in the message */
export function assertList<Item>(keys: readonly Item[], option: string): readonly Item[] {
  if (Array.isArray(keys)) return keys;
  throw new MemoryLayoutError(`${option} must be a list, one for each image buffer; it is ${keys}.`);
}

/**
 * Copies the frame in a buffer without tearing: guarded by the sequence word of its slot, or without one by the index and size
 * that a plain FURY producer writes. "changed": it was overwritten, and `out` is not valid.
 */
export function copyUntornFrame(
  { images, info }: ImageMemory,
  out: Uint8Array<ArrayBuffer>,
  buffer: number,
  slot: SlotBlock | null,
): CopyResult {
  const memory = images[buffer];
  if (!memory) return "changed";
  const indexGuard = {
    indexOffset: INDEX_OFFSET,
    stampOffset: sizeOffset(buffer),
    slot: buffer,
    slots: images.length,
  };
  const guard = slot ? { sequenceOffset: slot.sequenceOffset } : indexGuard;
  try {
    // "unproven" is the best possible result for a plain FURY producer with a single buffer.
    return copyUntorn(out, memory, { memory: info, ...guard });
  } catch (error) {
    // Truncated between the reader's check and the copy: the reader's next attempt reports it.
    if (error instanceof SharedMemoryError && !(memory.isCurrent() && info.isCurrent())) return "changed";
    throw error;
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
