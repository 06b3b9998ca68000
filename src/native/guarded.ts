import { getLogger } from "@logtape/logtape";

const log = getLogger(["scenecast"]);

/** After this time the same failure is logged again, ms: a timer that fails each time is not to fill the log. */
const REPEAT_MS = 60_000;

/** Different messages of one place that are remembered for that. */
const MAX_REMEMBERED = 20;

/**
 * Wraps the callback of a timer, an event or a native thread. What it throws, or rejects with, is logged behind `what`, a
 * sentence without its full stop, and ends neither the process nor the timer.
 */
export function guarded<Arguments extends unknown[]>(
  what: string,
  callback: (...args: Arguments) => void | Promise<void>,
): (...args: Arguments) => void {
  const report = reporter(what);
  return (...args) => {
    try {
      const done = callback(...args);
      if (done instanceof Promise) done.catch(report);
    } catch (error) {
      report(error);
    }
  };
}

/** Logs the failure of work that nothing waits for, as {@link guarded} does. */
export function inBackground(what: string, work: Promise<unknown>): void {
  work.catch(reporter(what));
}

/** Logs errors behind `what`; one that repeats at most once a minute. */
export function reporter(what: string): (error: unknown) => void {
  const loggedAt = new Map<string, number>();
  return (error) => {
    const message = String(error);
    const now = performance.now();
    if (now - (loggedAt.get(message) ?? Number.NEGATIVE_INFINITY) < REPEAT_MS) return;
    if (loggedAt.size >= MAX_REMEMBERED) loggedAt.clear();
    loggedAt.set(message, now);
    log.error`${what}: ${message}`;
    if (error instanceof Error && error.stack !== undefined) log.debug`${error.stack}`;
  };
}
