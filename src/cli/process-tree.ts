import { readFileSync } from "node:fs";

export interface ProcessStatus {
  readonly pid: number;
  /** Clock ticks since boot: distinguishes the process from a later one with the same pid. */
  readonly startTime: string;
  readonly parentPid: number;
  /** The process has ended, but its parent has not reaped it yet. */
  readonly isZombie: boolean;
}

/**
 * Finds the ancestor process that has one of these segments mapped: the producer, if it has started its own server. FURY's programs do
 * that through multiprocessing (fork, spawn or fork server) or a Python process that executes scenecast. Other ancestors (shell, tmux,
 * nohup, systemd) map no segment.
 */
export function findAncestorWithSegment(names: readonly string[]): ProcessStatus | null {
  let status = statusOf(process.ppid);
  for (; status !== null; status = status.parentPid > 0 ? statusOf(status.parentPid) : null) {
    if (hasMapped(status.pid, names)) return status;
  }
  return null;
}

export function isAlive({ pid, startTime }: ProcessStatus): boolean {
  const status = statusOf(pid);
  return status !== null && status.startTime === startTime && !status.isZombie;
}

export function statusOf(pid: number): ProcessStatus | null {
  try {
    // Field 2, the name in brackets, may itself contain brackets; the rest begins with field 3 of proc(5).
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
    // A process of another user.
    return false;
  }
}
