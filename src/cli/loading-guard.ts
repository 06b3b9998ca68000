import { StallGuard } from "../native/stall-guard.ts";
import { CommandError } from "./errors.ts";
import { EXTRA_MS_PER_BYTE, LIVENESS_LIMITS } from "./renderer-liveness.ts";

/**
 * Ends a load that makes no progress: with the process where it never returns to the event loop (counted in CPU time),
 * by an error where it waits for something that never comes.
 *
 * @param load gets a function to call at each sign of progress
 * @param limitMs without progress; the same as a renderer of `view` has
 * @throws CommandError
 */
export async function whileItProgresses<T>(
  title: string,
  load: (signOfLife: () => void) => Promise<T>,
  limitMs: number,
): Promise<T> {
  const seconds = Math.ceil(limitMs / 1000);
  const sentence = `${title} can not be loaded: there was no progress for ${seconds} s. The file is probably damaged; save it again or convert it.`;
  using guard = new StallGuard(seconds, `scenecast: ${sentence}`);
  const { promise: stalled, reject } = Promise.withResolvers<never>();
  const fail = (): void => reject(new CommandError(sentence));
  let timer = setTimeout(fail, limitMs);
  const signOfLife = (): void => {
    guard.signOfLife();
    clearTimeout(timer);
    timer = setTimeout(fail, limitMs);
  };
  try {
    return await Promise.race([load(signOfLife), stalled]);
  } finally {
    clearTimeout(timer);
  }
}

/** Maximum time without progress for a file of this size, ms. */
export function noProgressLimit(bytes: number): number {
  return LIVENESS_LIMITS.noProgressMs + bytes * EXTRA_MS_PER_BYTE;
}
