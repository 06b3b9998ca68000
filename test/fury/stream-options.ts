import { IntervalTimer, IntervalTimerThreading } from "../../src/fury/interval-timer.ts";

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

/** Waits until timers of 1 ms have ticked several times: one that was not stopped would have ticked too. */
export async function severalTicks(): Promise<void> {
  for (const Timer of [IntervalTimer, IntervalTimerThreading]) {
    const { promise, resolve } = Promise.withResolvers<void>();
    let ticks = 0;
    const timer = new Timer(0.001, () => {
      if (++ticks === 5) resolve();
    });
    await promise;
    timer.stop();
  }
}
