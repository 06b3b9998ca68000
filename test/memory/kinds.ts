import {
  ArrayCircularQueue,
  type GenericCircularQueue,
  SharedMemCircularQueue,
} from "../../src/fury/circular-queue.ts";
import {
  type GenericImageBufferManager,
  RawArrayImageBufferManager,
  SharedMemImageBufferManager,
} from "../../src/fury/image-buffer-manager.ts";
import {
  type GenericMultiDimensionalBuffer,
  RawArrayMultiDimensionalBuffer,
  SharedMemMultiDimensionalBuffer,
} from "../../src/fury/multi-dimensional-buffer.ts";
import type { QueueKeys, QueueShape } from "../../src/memory/event-queue.ts";
import type { ImageKeys, ImageShape } from "../../src/memory/image-memory.ts";
import type { SegmentKey } from "../../src/memory/memory-backend.ts";
import type { RowShape } from "../../src/memory/row-buffer.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";

/** One of the two kinds of memory: SharedArrayBuffers or POSIX shared memory. */
export interface Kind {
  /** A new segment of another program, all 0. */
  segment(bytes: number): TestSegment;
  images(shape?: ImageShape): GenericImageBufferManager;
  queue(shape?: QueueShape): GenericCircularQueue;
  rows(shape: RowShape): GenericMultiDimensionalBuffer;
}

/** A segment as another program accesses it, until it is disposed of. */
export interface TestSegment extends Disposable {
  readonly buffer: ArrayBufferLike;
  readonly key: SegmentKey;
}

export const rawArray: Kind = {
  segment: (bytes) => segmentOf(new SharedArrayBuffer(bytes)),
  images: (shape) => new RawArrayImageBufferManager(shape),
  queue: (shape) => new ArrayCircularQueue(shape),
  rows: (shape) => new RawArrayMultiDimensionalBuffer(shape),
};

export const sharedMem: Kind = {
  segment(bytes) {
    const segment = SharedMemory.create(bytes);
    return attachedSegment(segment, () => segment.unlink());
  },
  images: (shape) => new SharedMemImageBufferManager(shape),
  queue: (shape) => new SharedMemCircularQueue(shape),
  rows: (shape) => new SharedMemMultiDimensionalBuffer(shape),
};

/** For describe.each: the same tests for both kinds. */
export const KINDS: [name: string, kind: Kind][] = [
  ["RawArray", rawArray],
  ["SharedMem", sharedMem],
];

/** A manager on existing segments. */
export function openImages({ images, info }: ImageKeys<SegmentKey>): GenericImageBufferManager {
  return typeof info === "string"
    ? new SharedMemImageBufferManager({ imageBufferNames: images as string[], infoBufferName: info })
    : new RawArrayImageBufferManager({ imageBuffers: images as SharedArrayBuffer[], infoBuffer: info });
}

/** A queue on existing segments. */
export function openQueue({ rows, headTail }: QueueKeys<SegmentKey>): GenericCircularQueue {
  return typeof rows === "string"
    ? new SharedMemCircularQueue({ bufferName: rows, headTailBufferName: headTail as string })
    : new ArrayCircularQueue({ buffer: rows, headTailBuffer: headTail as SharedArrayBuffer });
}

/** A row buffer on an existing segment. */
export function openRows(key: SegmentKey): GenericMultiDimensionalBuffer {
  return typeof key === "string"
    ? new SharedMemMultiDimensionalBuffer({ bufferName: key })
    : new RawArrayMultiDimensionalBuffer({ buffer: key });
}

/** Another manager on the memory of `manager`, as a server has it. */
export function attachImages(manager: GenericImageBufferManager): GenericImageBufferManager {
  return openImages(manager.keys);
}

/** Another queue on the memory of `queue`, as a server has it. */
export function attachQueue(queue: GenericCircularQueue): GenericCircularQueue {
  return openQueue(queue.keys);
}

/** A manager on the segments that another program names with FURY's JSON keys. */
export function openNamedImages(names: SharedMemImageBufferManager["names"]): GenericImageBufferManager {
  return openImages({ images: names.image_buffer_names, info: names.info_buffer_name });
}

/** A queue on the segments that another program names with FURY's JSON keys. */
export function openNamedQueue(names: SharedMemCircularQueue["names"]): GenericCircularQueue {
  return openQueue({ rows: names.queue_buffer_name, headTail: names.queue_head_tail_buffer_name });
}

/** The segments of a manager. */
export function imageSegments(manager: GenericImageBufferManager) {
  const images = manager.keys.images.map(segmentOf);
  const info = segmentOf(manager.keys.info);
  return { images, info, [Symbol.dispose]: () => dispose([...images, info]) };
}

/** The segments of a queue. */
export function queueSegments(queue: GenericCircularQueue) {
  const [rows, headTail] = [segmentOf(queue.keys.rows), segmentOf(queue.keys.headTail)];
  return { rows, headTail, [Symbol.dispose]: () => dispose([rows, headTail]) };
}

/** The segment with this key. */
export function segmentOf(key: SegmentKey): TestSegment {
  if (typeof key === "string") return attachedSegment(SharedMemory.attach(key));
  return { buffer: key, key, [Symbol.dispose]() {} };
}

function attachedSegment(segment: SharedMemory, beforeClose = () => {}): TestSegment {
  return {
    buffer: segment.buffer,
    key: segment.name,
    [Symbol.dispose]() {
      beforeClose();
      segment.close();
    },
  };
}

function dispose(segments: readonly TestSegment[]): void {
  for (const segment of segments) segment[Symbol.dispose]();
}
