import { readdirSync, readFileSync } from "node:fs";

/** The number of live Workers of a process. The engine's own threads, which come and go, are not counted. */
export function workerThreads(pid: number | "self" = "self"): number {
  return readdirSync(`/proc/${pid}/task`).filter((task) => {
    try {
      return readFileSync(`/proc/${pid}/task/${task}/comm`, "utf8") === "Worker\n";
    } catch {
      // It has ended.
      return false;
    }
  }).length;
}
