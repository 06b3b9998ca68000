const open = new Set<() => void>();
let isListening = false;

/**
 * Calls `close` when this process exits, or when this Worker exits by itself: a native thread must not call into a JavaScript
 * engine that is being destroyed. (native/js_thread.c does the same for a Worker that is terminated.)
 * @returns a function that removes the registration
 */
export function closeAtExit(close: () => void): () => void {
  if (!isListening) {
    isListening = true;
    process.on("exit", closeAll);
  }
  open.add(close);
  return () => open.delete(close);
}

/** Not a closure in {@link closeAtExit}, which would keep the first `close` and everything it references alive. */
function closeAll(): void {
  for (const each of [...open]) each();
}
