import { reporter } from "../native/guarded.ts";

/**
 * Keeps a server running after an uncaught exception or an unhandled rejection: the error is logged, and viewers stay connected. Such
 * an error is always a bug in scenecast.
 */
export function logUncaughtErrors(): void {
  const report = reporter("Internal error; scenecast continues. Please report it");
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);
}
