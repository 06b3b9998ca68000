import { nativeSignal, pollOnSignal } from "./signal.ts";
import { lastNativeError, native } from "./symbols.ts";

const NS_PER_MS = 1e6;

/**
 * Calls `onTick` on this thread every `ms`, timed by a native thread on an absolute grid: a call that is late because this thread
 * was busy does not delay later ones. Missed ticks result in a single call. The timer does not keep the process alive, and ends
 * with its Worker.
 * @param ms above 0, at most 2^31 - 1
 * @throws NativeLibraryError if no thread can be started
 */
export function startTicks(ms: number, onTick: () => void): { close(): void } {
  const symbols = native();
  const timer = symbols.sc_timer_create(Math.round(ms * NS_PER_MS), nativeSignal());
  if (timer === null) throw lastNativeError();
  return pollOnSignal(
    () => {
      if (symbols.sc_timer_take(timer) === 1) onTick();
    },
    () => symbols.sc_timer_destroy(timer),
  );
}
