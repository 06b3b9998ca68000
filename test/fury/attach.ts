import { ArrayCircularQueue } from "../../src/memory/array-circular-queue.ts";
import type { GenericCircularQueue } from "../../src/memory/generic-circular-queue.ts";
import type { GenericImageBufferManager } from "../../src/memory/generic-image-buffer-manager.ts";
import { RawArrayImageBufferManager } from "../../src/memory/raw-array-image-buffer-manager.ts";
import { SharedMemCircularQueue } from "../../src/memory/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/memory/shared-mem-image-buffer-manager.ts";

/** Both kinds of memory, as FURY's option names them. */
export const KINDS = [
  { kind: "RawArrays", useRawArray: true },
  { kind: "shared memory", useRawArray: false },
] as const;

/** A second manager on the memory of another, as a server has it: by buffers or by names. */
export function attachImages(manager: GenericImageBufferManager): GenericImageBufferManager {
  if (manager instanceof RawArrayImageBufferManager) {
    const { imageBuffers, infoBuffer } = manager;
    return new RawArrayImageBufferManager({ imageBuffers, infoBuffer });
  }
  if (manager instanceof SharedMemImageBufferManager) {
    const { imageBufferNames, infoBufferName } = manager;
    return new SharedMemImageBufferManager({ imageBufferNames, infoBufferName });
  }
  throw new Error("neither kind of memory");
}

/** The same of queues. */
export function attachQueue(queue: GenericCircularQueue): GenericCircularQueue {
  if (queue instanceof ArrayCircularQueue) {
    const { buffer, headTailBuffer } = queue.buffers;
    return new ArrayCircularQueue({ buffer, headTailBuffer });
  }
  if (queue instanceof SharedMemCircularQueue) {
    const { bufferName, headTailBufferName } = queue;
    return new SharedMemCircularQueue({ bufferName, headTailBufferName });
  }
  throw new Error("neither kind of memory");
}

/** The names of all that is in /dev/shm of a manager or queue; none for RawArrays. */
export function namesOf(parts: GenericImageBufferManager | GenericCircularQueue): string[] {
  const shared = parts instanceof SharedMemImageBufferManager || parts instanceof SharedMemCircularQueue;
  return shared ? Object.values(parts.names).flat() : [];
}
