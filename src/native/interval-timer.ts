import { closeAtExit } from "./close-at-exit.ts";
import { NativeLibraryError } from "./errors.ts";
import { addSignalListener, nativeSignal, removeSignalListener } from "./signal.ts";
import { lastError, native } from "./symbols.ts";

const NS_PER_MS = 1e6;

/**
 * Calls `onTick` on this thread every `ms`, counted by a native thread on an absolute grid from now on: a call that comes
 * late, because this thread was busy, moves no later one. Ticks that were missed meanwhile are one call. It does not keep
 * the process alive, and ends with the Worker that it was started in.
 * @param ms above 0, at most 2^31 - 1
 * @throws NativeLibraryError when no thread can be started
 */
export function startTicks(ms: number, onTick: () => void): { close(): void } {
  const symbols = native();
  const timer = symbols.sc_timer_create(Math.round(ms * NS_PER_MS), nativeSignal());
  if (timer === null) throw new NativeLibraryError(`${lastError().message}.`);
  let open = true;
  const look = () => {
    if (open && symbols.sc_timer_take(timer) === 1) onTick();
  };
  const close = () => {
    if (!open) return;
    open = false;
    removeSignalListener(look);
    forget();
    symbols.sc_timer_destroy(timer);
  };
  addSignalListener(look);
  const forget = closeAtExit(close);
  return { close };
}
