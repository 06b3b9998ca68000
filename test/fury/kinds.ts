import { ArrayCircularQueue } from "../../src/fury/array-circular-queue.ts";
import type { GenericCircularQueue } from "../../src/fury/generic-circular-queue.ts";
import type { GenericImageBufferManager } from "../../src/fury/generic-image-buffer-manager.ts";
import { IntervalTimer, IntervalTimerThreading } from "../../src/fury/interval-timer.ts";
import { RawArrayImageBufferManager } from "../../src/fury/raw-array-image-buffer-manager.ts";
import { SharedMemCircularQueue } from "../../src/fury/shared-mem-circular-queue.ts";
import { SharedMemImageBufferManager } from "../../src/fury/shared-mem-image-buffer-manager.ts";

/** Both kinds of memory, by the option that chooses them. */
export const KINDS = [
  { kind: "RawArrays", useRawArray: true },
  { kind: "shared memory", useRawArray: false },
] as const;

/** FURY's choices of a timer. */
export const TIMERS = [
  { timer: "the show's own timers", withoutIrenStart: false, useAsyncio: false },
  { timer: "IntervalTimer", withoutIrenStart: true, useAsyncio: true },
  { timer: "IntervalTimerThreading", withoutIrenStart: true, useAsyncio: false },
] as const;

/** The buffers as a server has them. */
export function attachImages(
  manager: RawArrayImageBufferManager | SharedMemImageBufferManager,
): GenericImageBufferManager {
  return manager instanceof RawArrayImageBufferManager
    ? new RawArrayImageBufferManager(manager.buffers)
    : new SharedMemImageBufferManager(manager);
}

/** The queue as a server has it. */
export function attachQueue(queue: ArrayCircularQueue | SharedMemCircularQueue): GenericCircularQueue {
  return queue instanceof ArrayCircularQueue
    ? new ArrayCircularQueue(queue.buffers)
    : new SharedMemCircularQueue(queue);
}

/** Waits until timers of this interval have ticked several times: one that was not stopped would have ticked too. */
export async function severalTicks(ms = 1): Promise<void> {
  for (const Timer of [IntervalTimer, IntervalTimerThreading]) {
    const { promise, resolve } = Promise.withResolvers<void>();
    let ticks = 0;
    const timer = new Timer(ms / 1000, () => {
      if (++ticks === 5) resolve();
    });
    await promise;
    timer.stop();
  }
}
