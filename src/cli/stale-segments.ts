import { readFileSync } from "node:fs";
import { sweepSharedMemory } from "../native/shared-memory.ts";

/** Maximum time that the locks of a killed launcher outlive its main thread, ms. */
const LOCK_TIMEOUT_MS = 1000;
const POLL_INTERVAL_MS = 20;

/**
 * Removes the segments of programs that were killed. If the launcher of this process was killed as well, waits for its locks: the
 * kernel signals this process when the launcher's main thread ends, and releases the locks on its segments when its last thread ends.
 */
export async function removeStaleSegments(): Promise<void> {
  const deadline = performance.now() + (hasLauncherEnded() ? LOCK_TIMEOUT_MS : 0);
  while (sweepSharedMemory().length === 0 && performance.now() < deadline) await Bun.sleep(POLL_INTERVAL_MS);
}

/** Whether the launcher's main thread has ended. Until its last thread ends, the launcher is a zombie and still the parent process. */
function hasLauncherEnded(): boolean {
  const launcher = process.env.SCENECAST_LAUNCHER;
  if (launcher === undefined) return false;
  if (launcher !== String(process.ppid)) return true;
  try {
    // The process name before the state may itself contain brackets.
    return /\) [ZX] /.test(readFileSync(`/proc/${process.ppid}/stat`, "latin1"));
  } catch {
    return true;
  }
}
