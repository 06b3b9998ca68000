import { getLogger } from "@logtape/logtape";
import { describeError } from "./errors.ts";

const log = getLogger(["scenecast"]);

/** Maximum number of distinct errors that are logged. Each is logged once, since a timer may fail 60 times a second. */
const MAX_LOGGED = 100;

/**
 * Keeps a server running after an uncaught exception or an unhandled rejection: the error is logged, and viewers stay connected. Such an
 * error is always a bug in scenecast.
 */
export function logUncaughtErrors(): void {
  const logged = new Set<string>();
  const survive = (error: unknown) => {
    const text = describeError(error);
    if (logged.has(text) || logged.size >= MAX_LOGGED) return;
    logged.add(text);
    log.error`Internal error; scenecast continues. Please report it: ${text}`;
    if (error instanceof Error) log.debug`${error.stack}`;
  };
  process.on("uncaughtException", survive);
  process.on("unhandledRejection", survive);
}
