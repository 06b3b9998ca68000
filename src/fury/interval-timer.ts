import type { Closable } from "../memory/memory-segment.ts";
import { startTicks } from "../native/interval-timer.ts";
import { MAX_TIMER_MS, type StartTimer, showTimers, type TimedShow } from "../stream/show-interaction.ts";

/** Shortest interval of setInterval, ms. */
const MIN_TIMER_MS = 1;

/** Base of FURY's two timers. */
abstract class GenericIntervalTimer<Args extends unknown[]> implements Disposable {
  readonly #startTimer: StartTimer;
  readonly #ms: number;
  readonly #call: () => void;
  #running: Closable | null = null;

  constructor(startTimer: StartTimer, seconds: number, callback: (...args: Args) => void, args: Args) {
    if (!(seconds > 0 && seconds * 1000 <= MAX_TIMER_MS)) {
      throw new RangeError(
        `An interval must be more than 0 s and at most ${MAX_TIMER_MS / 1000} s; it is ${seconds}. Give it in seconds.`,
      );
    }
    this.#startTimer = startTimer;
    this.#ms = seconds * 1000;
    this.#call = () => callback(...args);
    this.start();
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Starts the timer; the first call is after one interval. Does nothing if it runs. */
  start(): void {
    this.#running ??= this.#startTimer(this.#ms, this.#call);
  }

  /** Stops the timer; a call that was due is not made. Does nothing if stopped. */
  stop(): void {
    this.#running?.close();
    this.#running = null;
  }

  [Symbol.dispose](): void {
    this.stop();
  }
}

/**
 * FURY's IntervalTimer: calls `callback(...args)` every `seconds` on the event loop, as setInterval does; calls drift while
 * the loop is busy. It runs from its construction and keeps the process alive until `stop()`. The callback may stop or
 * start it. An error that it throws is an uncaught exception, as in any timer: it ends the process, unless that
 * listens for `uncaughtException`; then the timer keeps running.
 *
 * @throws RangeError unless 0 < seconds <= 2147483.647; below 0.001 counts as 0.001.
 */
export class IntervalTimer<Args extends unknown[] = []> extends GenericIntervalTimer<Args> {
  constructor(seconds: number, callback: (...args: Args) => void, ...args: Args) {
    super(onEventLoop, seconds, callback, args);
  }
}

/**
 * FURY's IntervalTimerThreading: as {@link IntervalTimer}, but a native thread keeps the time on an absolute grid from the
 * start, so calls do not drift while the event loop is busy; ticks missed in that time are one call. The callback is called on
 * the thread or Worker that created the timer, and the timer ends with it.
 *
 * @throws RangeError as IntervalTimer; NativeLibraryError if no thread can be started.
 */
export class IntervalTimerThreading<Args extends unknown[] = []> extends GenericIntervalTimer<Args> {
  constructor(seconds: number, callback: (...args: Args) => void, ...args: Args) {
    super(onNativeThread, seconds, callback, args);
  }
}

function onEventLoop(ms: number, onTick: () => void): Closable {
  const timer = setInterval(onTick, Math.max(MIN_TIMER_MS, ms));
  return { close: () => clearInterval(timer) };
}

function onNativeThread(ms: number, onTick: () => void): Closable {
  const ticks = startTicks(Math.max(MIN_TIMER_MS, ms), onTick);
  const keepAlive = setInterval(() => {}, MAX_TIMER_MS);
  return {
    close() {
      clearInterval(keepAlive);
      ticks.close();
    },
  };
}

/** The timers that FURY's options choose: the show's own; without those, {@link IntervalTimer} or {@link IntervalTimerThreading}. */
export function chosenTimer(show: TimedShow, withoutIrenStart: boolean, useAsyncio: boolean): StartTimer {
  if (!withoutIrenStart) return showTimers(show);
  return useAsyncio ? onEventLoop : onNativeThread;
}
