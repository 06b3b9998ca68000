/** Throws where nobody catches: an uncaught exception, as an error thrown in a timer. The caller goes on. */
export function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
