const open = new Set<() => void>();
let listens = false;

/**
 * Calls `close` when this process exits, or this Worker by itself: a native thread must not call into a JavaScript engine
 * that is being taken down. (For a Worker that is terminated native/js_thread.c sees to it.)
 * @returns forgets it
 */
export function closeAtExit(close: () => void): () => void {
  if (!listens) {
    listens = true;
    process.on("exit", closeAll);
  }
  open.add(close);
  return () => open.delete(close);
}

/** Not inside of {@link closeAtExit}: there it would hold the first `close`, and all that this holds, until the end. */
function closeAll(): void {
  for (const each of [...open]) each();
}
