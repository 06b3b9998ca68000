import { readdirSync, readFileSync } from "node:fs";

/** Returns the number of live Workers of a process, without the JavaScript engine's own threads, whose number varies. */
export function workerThreads(pid: number | "self" = "self"): number {
  return readdirSync(`/proc/${pid}/task`).filter((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/comm`, "utf8") === "Worker\n";
    } catch {
      // The thread has ended.
      return false;
    }
  }).length;
}
