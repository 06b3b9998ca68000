import type { SharedImage } from "../memory/shared-image.ts";
import {
  type AppliedEvents,
  type ApplyEventsOptions,
  applyEvents,
  type EventConsumerQueue,
  type SteeredShow,
} from "../stream/apply-events.ts";
import { ShowInteraction, type ShowInteractionOptions, type TimedShow } from "../stream/show-interaction.ts";
import { ArrayCircularQueue, SharedMemCircularQueue } from "./circular-queue.ts";
import type { FuryStreamClientOptions } from "./fury-stream-client.ts";
import { chosenTimer } from "./interval-timer.ts";

export interface FuryStreamInteractionOptions<RawArray extends boolean = boolean>
  extends Pick<ShowInteractionOptions, "onChange" | "onWake">,
    Pick<FuryStreamClientOptions<RawArray>, "useRawArray" | "withoutIrenStart"> {
  /** How many events the queue holds. Default 50. */
  maxQueueSize?: number;
  /**
   * The buffers of the show's stream client. A scenecast server wakes the interaction through them, and reads there that it
   * handles keys and changes of size. Without them the queue is polled, and only FURY's eight events are sent.
   */
  imageBufferManager?: SharedImage;
}

/** The queue of an interaction, by its option `useRawArray`. */
export type CircularQueueOf<RawArray extends boolean> = RawArray extends true
  ? ArrayCircularQueue
  : SharedMemCircularQueue;

/** FURY's FuryStreamInteraction: a {@link ShowInteraction} with its own queue and FURY's timers. */
export class FuryStreamInteraction<RawArray extends boolean = true> extends ShowInteraction {
  readonly circularQueue: CircularQueueOf<RawArray>;
  readonly #show: TimedShow;
  readonly #withoutIrenStart: boolean;

  /** @throws the errors of the queues. */
  constructor(show: SteeredShow & TimedShow, options: FuryStreamInteractionOptions<RawArray> = {}) {
    const { imageBufferManager: image, onChange, onWake, withoutIrenStart = false } = options;
    const shape = { maxSize: options.maxQueueSize ?? 50 };
    const queue =
      (options.useRawArray ?? true) ? new ArrayCircularQueue(shape) : new SharedMemCircularQueue(shape);
    super(show, queue, { image, onChange, onWake });
    // True by the definition of CircularQueueOf, which TypeScript does not follow through a condition.
    this.circularQueue = queue as CircularQueueOf<RawArray>;
    this.#show = show;
    this.#withoutIrenStart = withoutIrenStart;
  }

  /**
   * See {@link ShowInteraction.run}.
   * @param ms interval of polling the queue while no scenecast server is attached, ms
   * @param useAsyncio with `withoutIrenStart`: IntervalTimer instead of IntervalTimerThreading
   * @throws RangeError for an interval that is not above 0, or above 2^31 - 1 ms.
   */
  start(ms = 3, useAsyncio = false): void {
    this.run(ms, chosenTimer(this.#show, this.#withoutIrenStart, useAsyncio));
  }

  /** Stops, and releases the memory; names of shared memory are removed. May be called twice. */
  cleanup(): void {
    this.stop();
    this.circularQueue.cleanup();
  }

  override [Symbol.dispose](): void {
    this.cleanup();
  }
}

export interface InteractionCallbackOptions extends Pick<ApplyEventsOptions, "renderAfter"> {
  /**
   * The buffers of the show's stream client: a resize is limited to them, and is done only if there is memory for it.
   */
  imageBufferManager?: SharedImage | undefined;
}

/**
 * FURY's interaction_callback: {@link applyEvents} with FURY's name.
 * @throws QueueLockedError if another process keeps the queue locked; the events then stay in it.
 */
export function interactionCallback(
  circularQueue: EventConsumerQueue,
  showManager: SteeredShow,
  { renderAfter, imageBufferManager: image }: InteractionCallbackOptions = {},
): AppliedEvents {
  return applyEvents(circularQueue, showManager, { renderAfter, image });
}
