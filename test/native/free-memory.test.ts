import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { freeMemory } from "../../src/native/free-memory.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const GB = 10 ** 9;

/** Reads the free memory of a fake system, which has these files below /. */
function freeOf(files: Readonly<Record<string, string>>) {
  using root = new TemporaryDirectory();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(`${root.path}/${path}`), { recursive: true });
    root.write(path, text);
  }
  return freeMemory(root.path);
}

const meminfo = (bytes: number): string => `MemTotal: 99999999 kB\nMemAvailable:   ${bytes / 1024} kB\n`;

describe("freeMemory", () => {
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
