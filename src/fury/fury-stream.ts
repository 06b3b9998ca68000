import type { Closable } from "../memory/memory-segment.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import {
  type AppliedEvents,
  type ApplyEventsOptions,
  applyEvents,
  type EventConsumerQueue,
  type SteeredShow,
} from "../stream/apply-events.ts";
import {
  FramePublisher,
  imageShapeFor,
  type PublishedShow,
  type PublishOptions,
} from "../stream/frame-publisher.ts";
import {
  checkInterval,
  ShowInteraction,
  type ShowInteractionOptions,
  type TimedShow,
} from "../stream/show-interaction.ts";
import { ArrayCircularQueue, SharedMemCircularQueue } from "./circular-queue.ts";
import { RawArrayImageBufferManager, SharedMemImageBufferManager } from "./image-buffer-manager.ts";
import { chosenTimer } from "./interval-timer.ts";

export interface FuryStreamClientOptions<RawArray extends boolean = boolean> extends PublishOptions {
  /**
   * Whether the memory is SharedArrayBuffers, for Workers of this program (FURY's RawArrays), or POSIX shared memory,
   * for other processes. Default true.
   */
  useRawArray?: RawArray;
  /**
   * Timer of an interval: the show's own (false), or an {@link IntervalTimer} or {@link IntervalTimerThreading} (true),
   * which do not end with the show. Default false. (FURY: whithout_iren_start.)
   */
  withoutIrenStart?: boolean;
}

/** The image buffers of a stream client, by its option `useRawArray`. */
export type ImageBuffersOf<RawArray extends boolean> = RawArray extends true
  ? RawArrayImageBufferManager
  : SharedMemImageBufferManager;

/** FURY's FuryStreamClient: writes the frames of a show into image buffers, rows bottom-up, for a server to read. */
export class FuryStreamClient<RawArray extends boolean = true> implements Disposable {
  readonly imageBufferManager: ImageBuffersOf<RawArray>;
  readonly #show: PublishedShow & TimedShow;
  readonly #publisher: FramePublisher;
  readonly #withoutIrenStart: boolean;
  /** The timer or listener that publishes frames; null when stopped. */
  #publishing: Closable | null = null;

  /** @throws RangeError if the show is larger than maxWindowSize; the errors of the image buffer managers. */
  constructor(show: PublishedShow & TimedShow, options: FuryStreamClientOptions<RawArray> = {}) {
    const { useRawArray = true, withoutIrenStart = false, onWriteError } = options;
    const shape = imageShapeFor(show, options);
    this.#show = show;
    this.#withoutIrenStart = withoutIrenStart;
    // True by the definition of ImageBuffersOf, which TypeScript does not follow through a condition.
    this.imageBufferManager = (
      useRawArray ? new RawArrayImageBufferManager(shape) : new SharedMemImageBufferManager(shape)
    ) as ImageBuffersOf<RawArray>;
    this.#publisher = new FramePublisher(show, this.imageBufferManager, onWriteError);
  }

  /** Whether it was started, and not stopped since. */
  get isRunning(): boolean {
    return this.#publishing !== null;
  }

  /**
   * Renders the show and writes that frame immediately, and further ones from now on. Starting again is a restart.
   * @param ms 0: after every render. More: the interval at which the newest frame is written, if there is a new one.
   * @param useAsyncio with `withoutIrenStart` and an interval: IntervalTimer instead of IntervalTimerThreading
   * @throws RangeError for an interval below 0 or above 2^31 - 1 ms.
   */
  start(ms = 0, useAsyncio = false): void {
    if (!(ms >= 0))
      throw new RangeError(`The interval of the stream client must be 0 ms or more; it is ${ms}.`);
    checkInterval(ms);
    this.stop();
    this.#show.render();
    callbackStreamClient(this);
    const publish = () => this.#publisher.publishOrReport();
    if (ms === 0) {
      this.#publishing = { close: this.#show.on("render", publish) };
    } else {
      const startTimer = chosenTimer(this.#show, this.#withoutIrenStart, useAsyncio);
      this.#publishing = startTimer(ms, publish);
    }
  }

  /** Stops writing frames. Returns false if it was stopped already. */
  stop(): boolean {
    if (this.#publishing === null) return false;
    this.#publishing.close();
    this.#publishing = null;
    return true;
  }

  /** See {@link FramePublisher.publish}. */
  write(): boolean {
    return this.#publisher.publish();
  }

  /** Stops, and releases the memory; names of shared memory are removed. May be called twice. */
  cleanup(): void {
    this.stop();
    this.#publisher[Symbol.dispose]();
    this.imageBufferManager.cleanup();
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }
}

/**
 * FURY's callback_stream_client, which the client's timers call: writes the show's newest frame into the client's buffers.
 * @returns false if there is no frame that was not written yet: a frame is written once
 * @throws SharedMemoryError if there is not enough memory.
 */
export function callbackStreamClient(streamClient: Pick<FuryStreamClient, "write">): boolean {
  return streamClient.write();
}

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
