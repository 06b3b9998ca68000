import { StallGuard } from "../native/process.ts";
import { CommandError } from "./errors.ts";

/**
 * Watchdog of a load. After a time without progress, a load that waits is rejected. A load that blocks the event loop, so that no
 * JavaScript timer fires, ends the process after the same CPU time.
 *
 * @param load receives a function that restarts the timeout, to be called at each progress report
 * @param timeoutMs maximum time without progress
 * @throws CommandError after the timeout
 */
export async function withProgressTimeout<T>(
  title: string,
  load: (onProgress: () => void) => Promise<T>,
  timeoutMs: number,
): Promise<T> {
  const seconds = Math.ceil(timeoutMs / 1000);
  const message = `${title} cannot be loaded: there was no progress for ${seconds} s. The file is probably damaged; save it again or convert it.`;
  using guard = new StallGuard(seconds, `scenecast: ${message}`);
  const { promise: stalled, reject } = Promise.withResolvers<never>();
  const fail = (): void => reject(new CommandError(message));
  let timer = setTimeout(fail, timeoutMs);
  const onProgress = (): void => {
    guard.restart();
    clearTimeout(timer);
    timer = setTimeout(fail, timeoutMs);
  };
  try {
    return await Promise.race([load(onProgress), stalled]);
  } finally {
    clearTimeout(timer);
  }
}
