// Posts a message at the fifth tick of a timer of each kind, and keeps them running.
import { IntervalTimer, IntervalTimerThreading } from "../../../src/fury/interval-timer.ts";

for (const Timer of [IntervalTimer, IntervalTimerThreading]) {
  let calls = 0;
  new Timer(0.001, () => {
    if (++calls === 5) postMessage(`${Timer.name} in the main thread: ${Bun.isMainThread}`);
  });
}
