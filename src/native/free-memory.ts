import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Memory that this process can allocate before the system kills processes. */
export interface FreeMemory {
  /** Infinite if it is not known. */
  readonly bytes: number;
  /** What is exhausted first: the memory of the machine, or the limit of a control group (a container, a batch job). */
  readonly limit: "machine" | "control group";
}

/** Mount points of the hierarchies, and the files of a control group. `stat` has the sizes of the file cache, which is reclaimable. */
const HIERARCHIES = [
  {
    mounts: ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"],
    line: /^0::(.*)$/m,
    limits: ["memory.max", "memory.high"],
    usage: "memory.current",
    cache: /^(?:in)?active_file (\d+)$/gm,
  },
  {
    mounts: ["/sys/fs/cgroup/memory"],
    line: /^\d+:(?:[^:\n]+,)?memory(?:,[^:\n]+)?:(.*)$/m,
    limits: ["memory.limit_in_bytes"],
    usage: "memory.usage_in_bytes",
    cache: /^total_(?:in)?active_file (\d+)$/gm,
  },
] as const;

/**
 * Reads how much memory is free: MemAvailable, and the limits of all control groups (v1 and v2) that this process is in.
 *
 * @param root directory that contains `proc` and `sys`
 */
export function freeMemory(root = "/"): FreeMemory {
  const read = (path: string): string => {
    try {
      return readFileSync(join(root, path), "utf8");
    } catch {
      return "";
    }
  };
  const available = /^MemAvailable:\s*(\d+) kB$/m.exec(read("proc/meminfo"))?.[1];
  const machine = available === undefined ? Number.POSITIVE_INFINITY : 1024 * Number(available);
  const groups = read("proc/self/cgroup");
  let group = Number.POSITIVE_INFINITY;
  for (const { mounts, line, limits, usage, cache } of HIERARCHIES) {
    const path = line.exec(groups)?.[1];
    if (path === undefined) continue;
    for (const folder of mounts.flatMap((mount) => parents(path).map((parent) => join(mount, parent)))) {
      // "max" and missing files are no limits.
      const limit = Math.min(
        ...limits.map((name) => Number.parseInt(read(join(folder, name)), 10) || Number.POSITIVE_INFINITY),
      );
      if (limit === Number.POSITIVE_INFINITY) continue;
      const used = Number.parseInt(read(join(folder, usage)), 10) || 0;
      const reclaimable = [...read(join(folder, "memory.stat")).matchAll(cache)];
      group = Math.min(group, limit - used + reclaimable.reduce((sum, [, bytes]) => sum + Number(bytes), 0));
    }
  }
  const limit = group < machine ? "control group" : "machine";
  return { bytes: Math.max(0, Math.min(group, machine)), limit };
}

/** A path and all its parents, up to "/". In a container without its own namespace only "/" exists. */
function parents(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "" && name !== "..");
  return names.map((_, i) => `/${names.slice(0, i + 1).join("/")}`).concat("/");
}
