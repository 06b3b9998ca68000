import { getLogger } from "@logtape/logtape";
import { type EventQueue, QueueLockedError } from "../memory/event-queue.ts";
import type { Closable } from "../memory/memory-segment.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { type AppliedEvents, applyEvents, type SteeredShow } from "./apply-events.ts";

/** Longest interval that timers support, ms: 24.8 days. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** The part of a ShowManager that provides timers. */
export type TimedShow = Pick<ShowManager, "addTimerCallback" | "destroyTimer">;

/** Calls `onTick` every `ms` from now on, and keeps the process alive until it is closed. */
export type StartTimer = (ms: number, onTick: () => void) => Closable;

/** The show's own timers, which end with the show. */
export function showTimers(show: TimedShow): StartTimer {
  return (ms, onTick) => {
    const id = show.addTimerCallback(true, ms, onTick);
    return { close: () => show.destroyTimer(id) };
  };
}

/** @throws RangeError for an interval above {@link MAX_TIMER_MS} */
export function checkInterval(ms: number): void {
  if (ms > MAX_TIMER_MS) {
    throw new RangeError(`An interval is at most ${MAX_TIMER_MS} ms (24.8 days); it is ${ms}.`);
  }
}

const log = getLogger(["scenecast", "stream"]);

export interface ShowInteractionOptions {
  /**
   * The image of the show's frames. A scenecast server wakes the interaction through it, and reads there that it handles keys
   * and changes of size. Without it the queue is polled, and only FURY's eight events are sent.
   */
  image?: SharedImage | undefined;
  /** Called after events were applied that change the view. Default: renders the show. */
  onChange?: (() => void) | undefined;
  /** Called after a server woke the interaction, for events or for another number of viewers. Default: nothing. */
  onWake?: (() => void) | undefined;
}

/** Default interval of polling the queue, ms. */
const POLL_MS = 3;

/** Interval of polling without recent events, ms: low CPU load, and a delay of the first event that is not noticeable. */
const IDLE_POLL_MS = 16;

/** Time without events after which {@link IDLE_POLL_MS} is used, ms. */
const IDLE_AFTER_MS = 1000;

const NO_EVENTS: AppliedEvents = { events: 0, newestTimestamp: null, changed: false };

/** Dequeues events and applies them to a show, see {@link applyEvents}. */
export class ShowInteraction implements Disposable {
  readonly #show: SteeredShow & TimedShow;
  readonly #queue: EventQueue;
  readonly #options: ShowInteractionOptions;
  #newestEventTimestamp: number | null = null;
  #applied = 0;
  #watch: Closable | null = null;
  /** The timer that polls the queue, and its interval; null while a server wakes the interaction. */
  #poll: Closable | null = null;
  #pollMs: number | null = null;
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #lastEventAt = 0;

  constructor(show: SteeredShow & TimedShow, queue: EventQueue, options: ShowInteractionOptions = {}) {
    this.#show = show;
    this.#queue = queue;
    this.#options = options;
  }

  /** Whether it was started, and not stopped since. */
  get isRunning(): boolean {
    return this.#keepAlive !== undefined;
  }

  /** Time stamp of the newest event that was applied, ms by its sender's clock; null before the first. */
  get newestEventTimestamp(): number | null {
    return this.#newestEventTimestamp;
  }

  /** Number of events that were dequeued, including moves that were superseded by a newer one. */
  get applied(): number {
    return this.#applied;
  }

  /**
   * Applies events from now on, and keeps the process alive. Starting again is a restart.
   * @param pollMs interval of polling the queue while no server is attached that wakes the interaction, ms; 16 ms or more after a second
   *   without events
   * @param startTimer default: the show's own timers
   * @throws RangeError for an interval that is not above 0, or above 2^31 - 1 ms.
   */
  run(pollMs = POLL_MS, startTimer: StartTimer = showTimers(this.#show)): void {
    if (!(pollMs > 0))
      throw new RangeError(`The interval of the interaction must be more than 0 ms; it is ${pollMs}.`);
    checkInterval(pollMs);
    this.stop();
    const { image, onWake } = this.#options;
    if (image?.isExtended) {
      image.eventCapabilities = { resize: true, keys: true, doubleClick: false };
      this.#watch = image.watchRenderer(() => {
        this.drain();
        onWake?.();
      });
    }
    this.#keepAlive = setInterval(() => {}, MAX_TIMER_MS);
    this.#drainAndSchedule(pollMs, startTimer);
  }

  /** Stops applying events. Returns false if it was stopped already. */
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

  /** Applies all events in the queue. Returns whether they change the view. */
  drain(): boolean {
    const { events, newestTimestamp, changed } = this.#applyEvents();
    if (events > 0) this.#lastEventAt = performance.now();
    this.#applied += events;
    this.#newestEventTimestamp = newestTimestamp ?? this.#newestEventTimestamp;
    if (changed) this.#options.onChange?.();
    return changed;
  }

  [Symbol.dispose](): void {
    this.stop();
  }

  #applyEvents(): AppliedEvents {
    const { image, onChange } = this.#options;
    try {
      return applyEvents(this.#queue, this.#show, { renderAfter: onChange === undefined, image });
    } catch (error) {
      if (!(error instanceof QueueLockedError)) throw error;
      log.warning`Cannot dequeue events: ${error.message}`;
      return NO_EVENTS;
    }
  }

  /** Applies the events, and starts, restarts or ends the polling timer. */
  #drainAndSchedule(pollMs: number, startTimer: StartTimer): void {
    try {
      this.drain();
    } finally {
      const next = this.#nextPollMs(pollMs);
      if (next !== this.#pollMs) {
        this.#poll?.close();
        this.#pollMs = next;
        this.#poll =
          next === null ? null : startTimer(next, () => this.#drainAndSchedule(pollMs, startTimer));
      }
    }
  }

  /** Interval of polling, ms; null if it is not needed: stopped meanwhile, or a server wakes the interaction. */
  #nextPollMs(pollMs: number): number | null {
    if (!this.isRunning || (this.#watch && this.#options.image?.serverSignals)) return null;
    const isIdle = performance.now() - this.#lastEventAt > IDLE_AFTER_MS;
    return isIdle ? Math.max(pollMs, IDLE_POLL_MS) : pollMs;
  }
}
