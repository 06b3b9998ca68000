/**
 * Calls `callback` once, when `signal` aborts: immediately if it has aborted already, since its event does not fire again.
 * @returns a function that removes the listener
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  signal.addEventListener("abort", callback, { once: true });
  return () => signal.removeEventListener("abort", callback);
}
