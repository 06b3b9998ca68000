import { readFileSync } from "node:fs";

/** One process; by its start time it is told from a later one of the same id. */
export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since the boot. */
  readonly startTime: string;
}

interface ProcessStatus extends ProcessId {
  readonly parentPid: number;
  /** Ended, and not yet waited for by its own parent. */
  readonly isZombie: boolean;
}

/**
 * Finds the ancestor of this process that has one of these segments mapped: the producer, where it has started its own server. FURY's
 * programs do, by way of multiprocessing (also its fork server) or of a Python process that executes scenecast. A shell, tmux, nohup
 * or systemd maps no segment.
 */
export function findAncestorWithSegment(names: readonly string[]): ProcessId | null {
  let status = statusOf(process.ppid);
  for (; status !== null; status = status.parentPid > 0 ? statusOf(status.parentPid) : null) {
    if (hasMapped(status.pid, names)) return status;
  }
  return null;
}

/** Whether it has not ended. */
export function isAlive({ pid, startTime }: ProcessId): boolean {
  const status = statusOf(pid);
  return status !== null && status.startTime === startTime && !status.isZombie;
}

function statusOf(pid: number): ProcessStatus | null {
  try {
    // The name, in brackets, may hold anything, also brackets. What follows begins with field 3 of proc(5).
    const [, rest = ""] = /.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1")) ?? [];
    const fields = rest.split(" ");
    const [state = "X", parentPid = "0"] = fields;
    return {
      pid,
      parentPid: Number(parentPid),
      startTime: fields[19] ?? "",
      isZombie: state === "Z" || state === "X",
    };
  } catch {
    return null;
  }
}

function hasMapped(pid: number, names: readonly string[]): boolean {
  try {
    const maps = readFileSync(`/proc/${pid}/maps`, "latin1");
    return names.some((name) =>
      new RegExp(` /dev/shm/${RegExp.escape(name)}( \\(deleted\\))?$`, "m").test(maps),
    );
  } catch {
    // Another user's.
    return false;
  }
}
