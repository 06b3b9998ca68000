/**
 * Lets frames and events be processed during long work on this thread.
 *
 * @throws the reason of the signal, once it is aborted
 */
export async function yieldToEventLoop(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}
