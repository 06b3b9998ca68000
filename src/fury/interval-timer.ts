import type { Closable } from "../memory/closable.ts";
import { startTicks } from "../native/interval-timer.ts";

/** The longest interval that a timer has, ms: 24.8 days. */
export const LONGEST_MS = 2 ** 31 - 1;

/** setInterval's shortest, ms. */
const SHORTEST_MS = 1;

/** Calls `onTick` every so many ms from now on, and keeps the process alive until it is closed. */
type Ticks = (ms: number, onTick: () => void) => Closable;

/** What FURY's two timers have in common. */
abstract class GenericIntervalTimer<Args extends unknown[]> implements Disposable {
  readonly #ticks: Ticks;
  readonly #ms: number;
  readonly #call: () => void;
  #running: Closable | null = null;

  constructor(ticks: Ticks, seconds: number, callback: (...args: Args) => void, args: Args) {
    if (!(seconds > 0 && seconds * 1000 <= LONGEST_MS)) {
      throw new RangeError(
        `An interval must be more than 0 s and at most ${LONGEST_MS / 1000} s; it is ${seconds}. Give it in seconds.`,
      );
    }
    this.#ticks = ticks;
    this.#ms = Math.max(SHORTEST_MS, seconds * 1000);
    this.#call = () => callback(...args);
    this.start();
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** The first call comes one interval from now. Does nothing when it runs. */
  start(): void {
    this.#running ??= this.#ticks(this.#ms, this.#call);
  }

  /** No call comes after it, also not one that was due. Does nothing when stopped. */
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
 * the loop is busy. It runs from its construction on and keeps the process alive until `stop()`. The callback may stop or
 * start it. An error that it throws is an uncaught exception, as one thrown in any timer: it ends the process unless that
 * listens for `uncaughtException`, and then the timer goes on.
 *
 * @throws RangeError unless 0 < seconds <= 2147483.647; below 0.001 counts as 0.001.
 */
export class IntervalTimer<Args extends unknown[] = []> extends GenericIntervalTimer<Args> {
  constructor(seconds: number, callback: (...args: Args) => void, ...args: Args) {
    super(onEventLoop, seconds, callback, args);
  }
}

/**
 * FURY's IntervalTimerThreading: as {@link IntervalTimer}, but a native thread keeps the time, on an absolute grid from the
 * start on: however long the event loop was busy, ticks stay even, and those missed meanwhile come as one call. The
 * callback is called on the thread that made the timer, be it a Worker; it ends with that.
 *
 * @throws RangeError as IntervalTimer; NativeLibraryError when no thread can be started.
 */
export class IntervalTimerThreading<Args extends unknown[] = []> extends GenericIntervalTimer<Args> {
  constructor(seconds: number, callback: (...args: Args) => void, ...args: Args) {
    super(onNativeThread, seconds, callback, args);
  }
}

function onEventLoop(ms: number, onTick: () => void): Closable {
  const timer = setInterval(onTick, ms);
  return { close: () => clearInterval(timer) };
}

function onNativeThread(ms: number, onTick: () => void): Closable {
  const ticks = startTicks(ms, onTick);
  const keepAlive = setInterval(() => {}, LONGEST_MS);
  return {
    close() {
      clearInterval(keepAlive);
      ticks.close();
    },
  };
}
