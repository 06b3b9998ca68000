import { JSCallback } from "bun:ffi";
import { NativeLibraryError } from "./errors.ts";
import { nativeLibraryPath } from "./libraries.ts";
import { type Handle, lastError, native, toPointer } from "./symbols.ts";
import { throwUncaught } from "./uncaught.ts";

const listeners = new Set<() => void>();
let signal: Handle | undefined;

/**
 * The one way in which native threads wake this JavaScript thread. Every listener looks at its own object when it
 * comes. The callback is never closed: a native thread may be about to call it.
 */
export function nativeSignal(): Handle {
  if (signal === undefined) {
    // Tells native/js_thread.c of this thread's end: a Worker that is terminated runs no code of ours.
    process.dlopen({ exports: {} }, nativeLibraryPath());
    const callback = new JSCallback(onSignal, { args: [], returns: "void", threadsafe: true });
    const created = callback.ptr === null ? null : toPointer(native().sc_signal_create(callback.ptr));
    if (created === null) throw new NativeLibraryError(`${lastError().message}.`);
    signal = created;
  }
  return signal;
}

export function addSignalListener(listener: () => void): void {
  listeners.add(listener);
}

export function removeSignalListener(listener: () => void): void {
  listeners.delete(listener);
}

function onSignal(): void {
  if (signal === undefined) return;
  // Before anyone looks, so that whatever is published after the look raises it again.
  native().sc_signal_clear(signal);
  for (const listener of [...listeners]) {
    try {
      listener();
    } catch (error) {
      throwUncaught(error); // and call the others all the same
    }
  }
}
