import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const MIB = 1024 * 1024;

/**
 * Memory that the Slurm job of this process may still use on its node, bytes; infinite without a job or a limit. Slurm enforces the limit
 * by a control group, or, on clusters without those, by ending the job when its processes exceed it: then only the environment has it,
 * in jobs of sbatch and salloc (srun by itself does not set the variables).
 *
 * @param root directory that contains `proc`
 */
export function freeJobMemory(root: string, env: Record<string, string | undefined>): number {
  const job = env.SLURM_JOB_ID;
  const limit = limitOf(env);
  if (job === undefined || limit === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  return Math.max(0, limit - usedBy(job, root));
}

/** MiB, as Slurm writes them; --mem=0 is all memory of the node. */
function limitOf(env: Record<string, string | undefined>): number {
  const perNode = Number(env.SLURM_MEM_PER_NODE ?? Number.NaN);
  const perCpu = Number(env.SLURM_MEM_PER_CPU ?? Number.NaN) * Number(env.SLURM_CPUS_ON_NODE ?? Number.NaN);
  const mebibytes = Number.isNaN(perNode) ? perCpu : perNode;
  return mebibytes > 0 ? mebibytes * MIB : Number.POSITIVE_INFINITY;
}

/** Bytes of the processes of the job, which have its number in their environment. */
function usedBy(job: string, root: string): number {
  const read = (path: string): string => {
    try {
      return readFileSync(join(root, "proc", path), "latin1");
    } catch {
      // It has ended, or belongs to another user.
      return "";
    }
  };
  let used = 0;
  for (const name of readdirSync(join(root, "proc"))) {
    if (!/^\d+$/.test(name) || !`\0${read(`${name}/environ`)}`.includes(`\0SLURM_JOB_ID=${job}\0`)) continue;
    // Without the pages of programs and libraries, which processes share.
    for (const [, kibibytes] of read(`${name}/status`).matchAll(/^Rss(?:Anon|Shmem):\s*(\d+) kB$/gm)) {
      used += Number(kibibytes) * 1024;
    }
  }
  return used;
}
