import { getLogger } from "@logtape/logtape";
import { describeError } from "./errors.ts";

const log = getLogger(["scenecast"]);

/** Distinct errors that are logged; a timer that fails 60 times a second is logged once. */
const MAX_LOGGED = 100;

/**
 * Lets a server outlive an error that no code has caught, in a timer, an event handler or a promise: it is logged, and the viewers stay.
 * It is a defect of scenecast all the same.
 */
export function surviveUncaughtErrors(): void {
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
