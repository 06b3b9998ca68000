/** Throws an error asynchronously, as an uncaught exception; returns to the caller. */
export function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
