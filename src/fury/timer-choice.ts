import type { Closable } from "../memory/closable.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { IntervalTimer, IntervalTimerThreading, LONGEST_MS } from "./interval-timer.ts";

/** What is needed of a ShowManager to use its timers. */
export type TimedShow = Pick<ShowManager, "addTimerCallback" | "destroyTimer">;

/** FURY's two options that choose a timer. */
export interface TimerChoice {
  /** Not the show's own timers but one that is independent of the show. */
  withoutIrenStart: boolean;
  /** Such a one on the event loop, instead of one whose ticks a native thread keeps even. */
  useAsyncio: boolean;
}

/** @throws RangeError for an interval that is longer than timers have */
export function checkLongest(ms: number): void {
  if (ms > LONGEST_MS)
    throw new RangeError(`An interval is at most ${LONGEST_MS} ms (24.8 days); it is ${ms}.`);
}

/** Calls back every `ms`, above 0, from now on, by the timer that the options choose, and keeps the process alive. */
export function startTimer(show: TimedShow, choice: TimerChoice, ms: number, callback: () => void): Closable {
  if (!choice.withoutIrenStart) {
    const id = show.addTimerCallback(true, ms, callback);
    return { close: () => show.destroyTimer(id) };
  }
  const Timer = choice.useAsyncio ? IntervalTimer : IntervalTimerThreading;
  const timer = new Timer(ms / 1000, callback);
  return { close: () => timer.stop() };
}
