import { reporter } from "../native/guarded.ts";

/**
 * Logs what nothing else caught, and goes on: a defect that one viewer or one file meets is not to end the server for the
 * others. To be called when the log is configured, and only in programs that serve: a command that is to end with a result
 * fails instead.
 */
export function surviveUncaught(): void {
  const report = reporter("Something went wrong in scenecast, which goes on; please report it");
  const withPlace = (error: unknown) => report(error instanceof Error ? placed(error) : error);
  process.on("uncaughtException", withPlace);
  process.on("unhandledRejection", withPlace);
}

/** The error with the first place of its stack in its message. */
function placed(error: Error): Error {
  const place = error.stack?.split("\n").find((line) => line.trimStart().startsWith("at "));
  const message = place === undefined ? error.message : `${error.message} (${place.trim()})`;
  return Object.assign(new Error(message), { name: error.name, stack: error.stack });
}
