import { accessSync, constants, readdirSync, readFileSync, statfsSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";

/** One thing that doctor looked at. */
export interface Finding {
  /** What was looked at. */
  readonly subject: string;
  /** `ok`; `warning`: it works but could be better; `failure`: scenecast can not work so. */
  readonly status: "ok" | "warning" | "failure";
  /** What was seen. */
  readonly seen: string;
  /** What to do about it; only where something is to be done. */
  readonly advice?: string;
}

const MIB = 1024 * 1024;

/** One 720p view needs two RGBA pictures and little else; below this a window of 4K size does not fit either. */
const COMFORTABLE_SHM = 80 * MIB;
const LEAST_SHM = 16 * MIB;

/** Below this many open files a server with a few dozen viewers runs out. */
const COMFORTABLE_FILES = 1024;

function mebibytes(bytes: number): string {
  return bytes >= 10 * 1024 * MIB
    ? `${(bytes / 1024 / MIB).toFixed(0)} GiB`
    : `${(bytes / MIB).toFixed(0)} MiB`;
}

/** Shared memory: that it is there, may be written, and has room. */
export function checkSharedMemory(directory = "/dev/shm"): Finding {
  const subject = "shared memory";
  const advice = `Mount a tmpfs on ${directory}; in a container start it with --shm-size=256m or --ipc=host.`;
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
    const { bavail, blocks, bsize } = statfsSync(directory);
    const free = bavail * bsize;
    const seen = `${directory}: ${mebibytes(free)} free of ${mebibytes(blocks * bsize)}`;
    if (free < LEAST_SHM) return { subject, status: "failure", seen, advice };
    if (free < COMFORTABLE_SHM) return { subject, status: "warning", seen, advice };
    return { subject, status: "ok", seen };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    return { subject, status: "failure", seen: `${directory} can not be written (${code})`, advice };
  }
}

/** GPU device files, and whether this user may open them. */
export function checkGpu(): Finding {
  const subject = "GPU";
  const devices = [
    ...list("/dev/dri")
      .filter((name) => name.startsWith("renderD"))
      .map((name) => `/dev/dri/${name}`),
    ...list("/dev")
      .filter((name) => /^nvidia\d+$/.test(name))
      .map((name) => `/dev/${name}`),
  ];
  if (devices.length === 0) {
    return { subject, status: "ok", seen: "no GPU device on this machine; a software driver renders" };
  }
  const closed = devices.filter((path) => !readable(path));
  if (closed.length > 0) {
    return {
      subject,
      status: "warning",
      seen: `${closed.join(", ")} can not be opened by this user`,
      advice:
        "Ask to be added to the groups render and video (usermod -aG render,video NAME), then log in again.",
    };
  }
  return { subject, status: "ok", seen: devices.join(", ") };
}

/** Open files, cores and memory that this process may use. */
export function checkLimits(): Finding {
  const files = Number(/^Max open files\s+(\d+)/m.exec(read("/proc/self/limits") ?? "")?.[1] ?? Number.NaN);
  const cgroup = Number(read("/sys/fs/cgroup/memory.max") ?? Number.NaN);
  const memory = Math.min(totalmem(), Number.isFinite(cgroup) ? cgroup : Number.POSITIVE_INFINITY);
  const seen = `${availableParallelism()} cores, ${mebibytes(memory)} of memory, ${Number.isNaN(files) ? "unknown number of" : files} open files`;
  if (files < COMFORTABLE_FILES) {
    return {
      subject: "limits",
      status: "warning",
      seen,
      advice: `Raise the number of open files before many viewers connect: ulimit -n ${COMFORTABLE_FILES}.`,
    };
  }
  return { subject: "limits", status: "ok", seen };
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
