/**
 * Calls back once when `signal` aborts, or now where it has aborted already: then its event would never come.
 * @returns the function that stops listening
 */
export function whenAborted(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  signal.addEventListener("abort", callback, { once: true });
  return () => signal.removeEventListener("abort", callback);
}
