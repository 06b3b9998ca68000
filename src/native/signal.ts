import { JSCallback } from "bun:ffi";
import { throwUncaught } from "./guarded.ts";
import { nativeLibraryPath } from "./libraries.ts";
import { closeAtExit } from "./process.ts";
import { type Handle, lastNativeError, native, toPointer } from "./symbols.ts";

const listeners = new Set<() => void>();
let signal: Handle | undefined;

/**
 * The signal by which native threads wake this JavaScript thread. Every listener then polls its native object. The callback is never
 * closed, because a native thread may be about to call it.
 */
export function nativeSignal(): Handle {
  if (signal === undefined) {
    // Registers this thread with native/js_thread.c: a Worker that is terminated runs no JavaScript.
    process.dlopen({ exports: {} }, nativeLibraryPath());
    const callback = new JSCallback(onSignal, { args: [], returns: "void", threadsafe: true });
    const created = callback.ptr === null ? null : toPointer(native().sc_signal_create(callback.ptr));
    if (created === null) throw lastNativeError();
    signal = created;
  }
  return signal;
}

/**
 * Calls `poll` after each signal until the result is closed or this thread ends, and then `destroy`, which frees the native object
 * that raises the signal. Does not keep the process alive.
 */
export function pollOnSignal(poll: () => void, destroy: () => void): { close(): void } {
  let open = true;
  const listener = () => {
    if (open) poll();
  };
  const close = () => {
    if (!open) return;
    open = false;
    listeners.delete(listener);
    forget();
    destroy();
  };
  listeners.add(listener);
  const forget = closeAtExit(close);
  return { close };
}

function onSignal(): void {
  if (signal === undefined) return;
  // Cleared before the listeners check, so that later changes raise it again.
  native().sc_signal_clear(signal);
  for (const listener of [...listeners]) {
    try {
      listener();
    } catch (error) {
      throwUncaught(error); // the other listeners must still be called
    }
  }
}
