import type { Closable } from "../memory/closable.ts";
import type { ShowManager } from "../scene/show-manager.ts";

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
