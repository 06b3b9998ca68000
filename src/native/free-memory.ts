import { readFileSync } from "node:fs";
import { join } from "node:path";
import { freeJobMemory } from "./job-memory.ts";

/** Memory that this process can allocate before the kernel's out-of-memory (OOM) killer ends processes. */
export interface FreeMemory {
  /** Infinite if unknown. */
  readonly bytes: number;
  /** The tightest limit: the memory of the machine, or the limit of a control group (cgroup; a container, a batch job) or Slurm job. */
  readonly limit: "machine" | "control group" | "Slurm job";
}

/** Mount points of both cgroup hierarchies, and the files of a group. `cache` matches the reclaimable page cache in memory.stat. */
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
 * Reads the free memory: MemAvailable, and the limits of all control groups (cgroups v1 and v2) and of the Slurm job of this process.
 *
 * @param root directory that contains `proc` and `sys`
 */
export function freeMemory(root = "/", env: Record<string, string | undefined> = process.env): FreeMemory {
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
      // "max" or a missing file means that there is no limit.
      const limit = Math.min(
        ...limits.map((name) => Number.parseInt(read(join(folder, name)), 10) || Number.POSITIVE_INFINITY),
      );
      if (limit === Number.POSITIVE_INFINITY) continue;
      const used = Number.parseInt(read(join(folder, usage)), 10) || 0;
      const reclaimable = [...read(join(folder, "memory.stat")).matchAll(cache)];
      group = Math.min(group, limit - used + reclaimable.reduce((sum, [, bytes]) => sum + Number(bytes), 0));
    }
  }
  const job = freeJobMemory(root, env);
  const bytes = Math.max(0, Math.min(job, group, machine));
  if (job <= Math.min(group, machine) && job !== Number.POSITIVE_INFINITY)
    return { bytes, limit: "Slurm job" };
  return { bytes, limit: group < machine ? "control group" : "machine" };
}

/** A path and all its parents, up to "/". In a container without a cgroup namespace only "/" exists. */
function parents(path: string): string[] {
  const names = path.split("/").filter((name) => name !== "" && name !== "..");
  return names.map((_, i) => `/${names.slice(0, i + 1).join("/")}`).concat("/");
}
