import { ArrayCircularQueue } from "../../src/fury/array-circular-queue.ts";
import type { GenericCircularQueue } from "../../src/fury/generic-circular-queue.ts";
import type { GenericImageBufferManager } from "../../src/fury/generic-image-buffer-manager.ts";
import { RawArrayImageBufferManager } from "../../src/fury/raw-array-image-buffer-manager.ts";
import { SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";
import type { PixelFormat } from "../../src/memory/frame-metadata.ts";
import { SharedMemory } from "../../src/native/shared-memory.ts";

/** A queue, a second one attached to the same memory at will, and that memory as any program may write it. */
export interface QueueParts {
  readonly queue: GenericCircularQueue;
  attach(): GenericCircularQueue;
  /** max_size, dimension, rows. */
  readonly rows: Float64Array;
  /** Head, tail, lock. */
  readonly words: Int32Array;
  close(): void;
}

export interface QueueKind {
  readonly kind: string;
  create(shape: { maxSize: number; dimension: number }): QueueParts;
}

/** The same of image buffers. */
export interface ImageParts {
  readonly manager: GenericImageBufferManager;
  attach(): GenericImageBufferManager;
  /** The info segment. */
  readonly info: Uint32Array;
  /** The whole memory of each image buffer. */
  readonly images: readonly Uint8Array[];
  close(): void;
}

export interface ImageShape {
  maxWindowSize: readonly [number, number];
  numBuffers: number;
  pixelFormat: PixelFormat;
}

export interface ImageKind {
  readonly kind: string;
  create(shape: ImageShape): ImageParts;
}

/** The two kinds of memory that a queue can live in. */
export const QUEUE_KINDS: readonly QueueKind[] = [
  {
    kind: "SharedMemCircularQueue",
    create(shape) {
      const queue = new SharedMemCircularQueue(shape);
      const { bufferName, headTailBufferName } = queue;
      const rows = SharedMemory.attach(bufferName);
      const headTail = SharedMemory.attach(headTailBufferName);
      return {
        queue,
        attach: () => new SharedMemCircularQueue({ bufferName, headTailBufferName }),
        rows: new Float64Array(rows.buffer),
        words: new Int32Array(headTail.buffer),
        close() {
          queue.cleanup();
          rows.close();
          headTail.close();
        },
      };
    },
  },
  {
    kind: "ArrayCircularQueue",
    create(shape) {
      const queue = new ArrayCircularQueue(shape);
      const { buffer, headTailBuffer } = queue.buffers;
      return {
        queue,
        attach: () => new ArrayCircularQueue({ buffer, headTailBuffer }),
        rows: new Float64Array(buffer),
        words: new Int32Array(headTailBuffer),
        close: () => queue.cleanup(),
      };
    },
  },
];

/** The two kinds of memory that image buffers can live in. */
export const IMAGE_KINDS: readonly ImageKind[] = [
  {
    kind: "SharedMemImageBufferManager",
    create(shape) {
      const manager = new SharedMemImageBufferManager(shape);
      const { imageBufferNames, infoBufferName } = manager;
      const segments = [infoBufferName, ...imageBufferNames].map((name) => SharedMemory.attach(name));
      const [info, ...images] = segments.map((segment) => segment.buffer);
      return {
        manager,
        attach: () => new SharedMemImageBufferManager({ imageBufferNames, infoBufferName }),
        info: new Uint32Array(info ?? new ArrayBuffer()),
        images: images.map((image) => new Uint8Array(image)),
        close() {
          manager.close();
          for (const segment of segments) segment.close();
        },
      };
    },
  },
  {
    kind: "RawArrayImageBufferManager",
    create(shape) {
      const manager = new RawArrayImageBufferManager(shape);
      const { imageBuffers, infoBuffer } = manager;
      return {
        manager,
        attach: () => new RawArrayImageBufferManager({ imageBuffers, infoBuffer }),
        info: new Uint32Array(infoBuffer),
        images: imageBuffers.map((image) => new Uint8Array(image)),
        close: () => manager.close(),
      };
    },
  },
];
