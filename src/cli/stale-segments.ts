import { readFileSync } from "node:fs";
import { sweepSharedMemory } from "../native/shared-memory.ts";

/** How long the locks of a launcher that was killed may outlive its word to this process, ms. */
const LOCKS_MS = 1000;
const LOOK_MS = 20;

/**
 * Removes the segments that programs left which were killed. One that took this process along with it is waited for: the
 * kernel ends this process when the launcher's main thread has gone, and frees the locks on its segments with its last.
 */
export async function removeStaleSegments(): Promise<void> {
  const deadline = performance.now() + (hasLauncherEnded() ? LOCKS_MS : 0);
  while (sweepSharedMemory().length === 0 && performance.now() < deadline) await Bun.sleep(LOOK_MS);
}

/** This process stays the launcher's child until that one's last thread has gone; its main thread is a zombie by then. */
function hasLauncherEnded(): boolean {
  const launcher = process.env.SCENECAST_LAUNCHER;
  if (launcher === undefined) return false;
  if (launcher !== String(process.ppid)) return true;
  try {
    // The name before the state may hold anything, also brackets.
    return /\) [ZX] /.test(readFileSync(`/proc/${process.ppid}/stat`, "latin1"));
  } catch {
    return true;
  }
}
