import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { freeMemory } from "../../src/native/free-memory.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const GB = 10 ** 9;

/** Reads the free memory of a fake system, which has these files below /. */
function freeOf(files: Readonly<Record<string, string>>, env: Record<string, string> = {}) {
  using root = new TemporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(`${root.path}/${path}`), { recursive: true });
    root.write(path, text);
  }
  return freeMemory(root.path, env);
}

const meminfo = (bytes: number): string => `MemTotal: 99999999 kB\nMemAvailable:   ${bytes / 1024} kB\n`;

describe("freeMemory", () => {
  test("the free memory in a Slurm job is its limit without the memory of its processes", () => {
    const MIB = 2 ** 20;
    const status = (anon: number, shared: number) =>
      `VmRSS:\t 99999 kB\nRssAnon:\t ${anon} kB\nRssFile:\t 5555 kB\nRssShmem:\t ${shared} kB\n`;
    const files = {
      "proc/meminfo": meminfo(2 ** 40),
      "proc/12/environ": "SLURM_JOB_ID=7\0PATH=/bin\0",
      "proc/12/status": status(1024, 2048),
      "proc/13/environ": "PATH=/bin\0SLURM_JOB_ID=7\0",
      "proc/13/status": status(1024, 0),
      "proc/14/environ": "SLURM_JOB_ID=77\0",
      "proc/14/status": status(1 << 20, 0),
    };
    const job = { SLURM_JOB_ID: "7", SLURM_CPUS_ON_NODE: "3" };
    const limit = "Slurm job";
    expect(freeOf(files, { ...job, SLURM_MEM_PER_NODE: "100" })).toEqual({ bytes: 96 * MIB, limit });
    expect(freeOf(files, { ...job, SLURM_MEM_PER_CPU: "100" })).toEqual({ bytes: 296 * MIB, limit });
    expect(freeOf(files, { ...job, SLURM_MEM_PER_NODE: "3" })).toEqual({ bytes: 0, limit });
    const noLimits: Record<string, string>[] = [
      { SLURM_MEM_PER_NODE: "0" },
      {},
      { SLURM_MEM_PER_NODE: "much" },
    ];
    for (const unlimited of noLimits) {
      expect(freeOf(files, { ...job, ...unlimited })).toEqual({ bytes: 2 ** 40, limit: "machine" });
    }
  });

  test("the free memory of this machine is positive and finite", () => {
    expect(freeMemory().bytes).toBeGreaterThan(0);
    expect(freeMemory().bytes).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  test("the free memory without a control group is that of the machine", () => {
    expect(freeOf({ "proc/meminfo": meminfo(8 * 2 ** 30) })).toEqual({
      bytes: 8 * 2 ** 30,
      limit: "machine",
    });
    expect(freeOf({})).toEqual({ bytes: Number.POSITIVE_INFINITY, limit: "machine" });
  });

  test("the free memory in a cgroup v2 is the smallest remainder of its and its parents' limits, and page cache counts as free", () => {
    const files = {
      "proc/meminfo": meminfo(2 ** 40),
      "proc/self/cgroup": "0::/system/job\n",
      "sys/fs/cgroup/system/job/memory.max": "max\n",
      "sys/fs/cgroup/system/job/memory.high": `${4 * GB}\n`,
      "sys/fs/cgroup/system/job/memory.current": `${GB}\n`,
      "sys/fs/cgroup/system/memory.max": `${3 * GB}\n`,
      "sys/fs/cgroup/system/memory.current": `${2 * GB}\n`,
    };
    expect(freeOf(files)).toEqual({ bytes: GB, limit: "control group" });
    const stat = `anon 5\ninactive_file ${GB / 2}\nactive_file ${GB / 4}\nslab 7\n`;
    const cached = { ...files, "sys/fs/cgroup/system/memory.stat": stat };
    expect(freeOf(cached)).toEqual({ bytes: 1.75 * GB, limit: "control group" });
  });

  test("the free memory in a cgroup v1 is the remainder of its limit, also if a container sees only its own group", () => {
    for (const folder of ["docker/abc", "."]) {
      const files = {
        "proc/meminfo": meminfo(2 ** 40),
        "proc/self/cgroup": "5:cpu,cpuacct:/x\n4:memory:/docker/abc\n0::/\n",
        [`sys/fs/cgroup/memory/${folder}/memory.limit_in_bytes`]: `${3 * GB}\n`,
        [`sys/fs/cgroup/memory/${folder}/memory.usage_in_bytes`]: `${2 * GB}\n`,
        [`sys/fs/cgroup/memory/${folder}/memory.stat`]: `active_file 9\ntotal_active_file ${GB / 2}\n`,
      };
      expect(freeOf(files)).toEqual({ bytes: 1.5 * GB, limit: "control group" });
    }
  });

  test("the free memory is never negative", () => {
    const files = {
      "proc/self/cgroup": "0::/\n",
      "sys/fs/cgroup/memory.max": "1000\n",
      "sys/fs/cgroup/memory.current": "2000\n",
    };
    expect(freeOf(files).bytes).toBe(0);
  });
});
