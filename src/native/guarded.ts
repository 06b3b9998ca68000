import { getLogger } from "@logtape/logtape";

const log = getLogger(["scenecast"]);

/** Rate limit: the same failure is logged at most once in this time, ms. A timer that always fails would otherwise fill the log. */
const LOG_INTERVAL_MS = 60_000;

/** Maximum number of distinct messages that one reporter remembers to recognize repetitions. */
const MAX_REMEMBERED = 20;

/**
 * Wraps the callback of a timer, an event or a native thread, so that its errors and rejections are logged and end neither the process
 * nor the timer.
 * @param what prefix of the log message: a sentence without its full stop
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

/** Logs the rejection of a promise that is not awaited, as {@link guarded} does. */
export function inBackground(what: string, work: Promise<unknown>): void {
  work.catch(reporter(what));
}

/** Returns a function that logs errors with the prefix `what`, each distinct one at most once a minute. */
export function reporter(what: string): (error: unknown) => void {
  const loggedAt = new Map<string, number>();
  return (error) => {
    const message = String(error);
    const now = performance.now();
    if (now - (loggedAt.get(message) ?? Number.NEGATIVE_INFINITY) < LOG_INTERVAL_MS) return;
    if (loggedAt.size >= MAX_REMEMBERED) loggedAt.clear();
    loggedAt.set(message, now);
    log.error`${what}: ${message}`;
    if (error instanceof Error && error.stack !== undefined) log.debug`${error.stack}`;
  };
}

/** Throws an error asynchronously, as an uncaught exception; returns to the caller. */
export function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
