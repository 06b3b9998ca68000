import { type StartTimer, showTimers, type TimedShow } from "../stream/show-timer.ts";
import { IntervalTimer, IntervalTimerThreading } from "./interval-timer.ts";

/** FURY's two options that choose a timer. */
export interface TimerChoice {
  /** False: the show's own timers. True: a timer that is independent of the show. */
  withoutIrenStart: boolean;
  /** An independent timer: true for {@link IntervalTimer}, false for {@link IntervalTimerThreading}. */
  useAsyncio: boolean;
}

/** The timers that the options choose. */
export function chosenTimer(show: TimedShow, { withoutIrenStart, useAsyncio }: TimerChoice): StartTimer {
  if (!withoutIrenStart) return showTimers(show);
  const Timer = useAsyncio ? IntervalTimer : IntervalTimerThreading;
  return (ms, onTick) => {
    const timer = new Timer(ms / 1000, onTick);
    return { close: () => timer.stop() };
  };
}
