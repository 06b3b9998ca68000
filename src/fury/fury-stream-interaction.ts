import { getLogger } from "@logtape/logtape";
import type { Closable } from "../memory/closable.ts";
import { QueueLockedError } from "../memory/event-queue.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import { type AppliedEvents, applyEvents, type SteeredShow } from "../stream/apply-events.ts";
import { ArrayCircularQueue } from "./array-circular-queue.ts";
import { LONGEST_MS } from "./interval-timer.ts";
import { SharedMemCircularQueue } from "./shared-mem-circular-queue.ts";
import { checkLongest, startTimer, type TimedShow, type TimerChoice } from "./timer-choice.ts";

const log = getLogger(["scenecast", "stream"]);

export interface FuryStreamInteractionOptions<RawArray extends boolean = boolean> {
  /** How many events the queue holds. Default 50. */
  maxQueueSize?: number;
  /**
   * Whether the queue is in SharedArrayBuffers, for Workers of this program (FURY's RawArrays), or in POSIX shared memory,
   * for other processes. Default true.
   */
  useRawArray?: RawArray;
  /**
   * Whether the queue is looked at by the show's own timers (false) or by an {@link IntervalTimer} or
   * {@link IntervalTimerThreading} (true), which do not end with the show. Default false. (FURY: whithout_iren_start.)
   */
  withoutIrenStart?: boolean;
  /**
   * The buffers of the show's stream client. A server of ours wakes the interaction through them, and learns that it
   * takes keys and changes of size. Without them the queue is polled, and only FURY's eight events come.
   */
  imageBufferManager?: SharedImage;
  /** Called after events were applied that change the picture. Default: renders the show. */
  onChange?: () => void;
  /** Called whenever a server of ours woke the interaction: for events, or for other viewers. Default: nothing. */
  onWake?: () => void;
}

/** The queue of an interaction, by its option `useRawArray`. */
export type CircularQueueOf<RawArray extends boolean> = RawArray extends true
  ? ArrayCircularQueue
  : SharedMemCircularQueue;

/** While nothing comes, the queue is polled this seldom, ms: a core is not kept busy, and nobody feels the first event. */
const QUIET_POLL_MS = 16;

/** How long nothing must have come for that, ms. */
const QUIET_AFTER_MS = 1000;

const NOTHING: AppliedEvents = { events: 0, newestTimestamp: null, changed: false };

/**
 * FURY's FuryStreamInteraction: takes events off a queue that a server fills, and applies them to a show as VTK's
 * trackball camera does. Of moves that came one after the other only the newest is applied.
 */
export class FuryStreamInteraction<RawArray extends boolean = true> implements Disposable {
  readonly circularQueue: CircularQueueOf<RawArray>;
  readonly #show: SteeredShow & TimedShow;
  readonly #options: FuryStreamInteractionOptions<RawArray>;
  #newest: number | null = null;
  #applied = 0;
  #watch: Closable | null = null;
  /** The timer that looks at the queue, and its interval; null while a server wakes us. */
  #poll: Closable | null = null;
  #pollMs: number | null = null;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #lastEvent = 0;

  /** @throws the errors of the queues. */
  constructor(show: SteeredShow & TimedShow, options: FuryStreamInteractionOptions<RawArray> = {}) {
    this.#show = show;
    this.#options = options;
    const shape = { maxSize: options.maxQueueSize ?? 50 };
    // By the type's own definition, which TypeScript does not follow through a condition.
    this.circularQueue = (
      (options.useRawArray ?? true) ? new ArrayCircularQueue(shape) : new SharedMemCircularQueue(shape)
    ) as CircularQueueOf<RawArray>;
  }

  /** Whether it was started, and not stopped since. */
  get isRunning(): boolean {
    return this.#keepAlive !== undefined;
  }

  /** Time stamp of the newest event that was applied, ms by its sender's clock; null before the first. */
  get newestEventTimestamp(): number | null {
    return this.#newest;
  }

  /** How many events were applied, moves that a newer one took the place of included. */
  get applied(): number {
    return this.#applied;
  }

  /**
   * Applies events from now on, and keeps the process alive. Starting again is a restart.
   * @param ms how often the queue is looked at while no server is attached that wakes us, ms; more seldom, every 16 ms,
   *   when nothing came for a second
   * @param useAsyncio with `withoutIrenStart`: IntervalTimer instead of IntervalTimerThreading
   * @throws RangeError for an interval that is not above 0, or above 2^31 - 1 ms.
   */
  start(ms = 3, useAsyncio = false): void {
    if (!(ms > 0))
      throw new RangeError(`The interval of the interaction must be more than 0 ms; it is ${ms}.`);
    checkLongest(ms);
    this.stop();
    const { imageBufferManager: manager, withoutIrenStart = false } = this.#options;
    const choice = { withoutIrenStart, useAsyncio };
    if (manager?.isExtended) {
      manager.eventCapabilities = { resize: true, keys: true, doubleClick: false };
      this.#watch = manager.watchRenderer(() => {
        this.drain();
        this.#options.onWake?.();
      });
    }
    this.#keepAlive = setInterval(() => {}, LONGEST_MS);
    this.#look(ms, choice);
  }

  /** Applies no event any more. Returns false when it was stopped already. */
  stop(): boolean {
    if (!this.isRunning) return false;
    clearInterval(this.#keepAlive);
    this.#keepAlive = undefined;
    this.#poll?.close();
    this.#poll = null;
    this.#pollMs = null;
    this.#watch?.close();
    this.#watch = null;
    return true;
  }

  /** Applies all events that are in the queue. Returns whether the picture is to look different. */
  drain(): boolean {
    const { onChange } = this.#options;
    const { events, newestTimestamp, changed } = this.#applyAll(onChange === undefined);
    if (events > 0) this.#lastEvent = performance.now();
    this.#applied += events;
    this.#newest = newestTimestamp ?? this.#newest;
    if (changed) onChange?.();
    return changed;
  }

  /** Stops, and gives the memory back; names of shared memory are removed. May be called twice. */
  cleanup(): void {
    this.stop();
    this.circularQueue.cleanup();
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  #applyAll(renderAfter: boolean): AppliedEvents {
    const { imageBufferManager } = this.#options;
    try {
      return applyEvents(this.circularQueue, this.#show, { renderAfter, imageBufferManager });
    } catch (error) {
      if (!(error instanceof QueueLockedError)) throw error;
      log.warning`No event can be taken: ${error.message}`;
      return NOTHING;
    }
  }

  /** Applies what there is, and sees to it that this is called again, as seldom as will do. */
  #look(ms: number, choice: TimerChoice): void {
    try {
      this.drain();
    } finally {
      const next = this.#nextPoll(ms);
      if (next !== this.#pollMs) {
        this.#poll?.close();
        this.#pollMs = next;
        this.#poll =
          next === null ? null : startTimer(this.#show, choice, next, () => this.#look(ms, choice));
      }
    }
  }

  /** How often the queue is to be looked at, ms; null for never: stopped meanwhile, or a server wakes us. */
  #nextPoll(ms: number): number | null {
    if (!this.isRunning || (this.#watch && this.#options.imageBufferManager?.serverSignals)) return null;
    const quiet = performance.now() - this.#lastEvent > QUIET_AFTER_MS;
    return quiet ? Math.max(ms, QUIET_POLL_MS) : ms;
  }
}
