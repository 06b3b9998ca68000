/**
 * Lets what waits on this thread run, frames and events, in the middle of long work.
 *
 * @throws the signal's reason when nobody wants the work any more
 */
export async function yieldToEventLoop(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  signal.throwIfAborted();
}
