import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { endReason } from "../../src/cli/slurm-job.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const folder = new TemporaryDirectory();
afterAll(() => folder[Symbol.dispose]());

/** The environment of a job, with a squeue that prints this. test/cluster has the real one. */
function jobWith(output: string): Record<string, string> {
  chmodSync(folder.write("squeue", `#!/bin/sh\n${output}\n`), 0o755);
  return { SLURM_JOB_ID: "7", PATH: folder.path };
}

describe("the reason why a server ends", () => {
  test.each([
    ["COMPLETING TimeLimit", "SIGTERM", "The Slurm job 7 reached its time limit."],
    ["TIMEOUT TimeLimit", "producer-ended", "The Slurm job 7 reached its time limit."],
    ["CANCELLED None", "SIGTERM", "The Slurm job 7 was cancelled."],
    ["COMPLETING None", "producer-ended", "The Slurm job 7 was cancelled."],
    ["RUNNING None", "SIGTERM", "scenecast was stopped."],
    ["RUNNING None", "producer-ended", "The program that rendered this view has ended."],
    ["CANCELLED None", "SIGINT", "scenecast was stopped."],
    ["", "SIGTERM", "scenecast was stopped."],
  ] as const)("in a job of state %p, after %s, is %p", async (state, cause, reason) => {
    expect(await endReason(cause, jobWith(`echo "${state}"`))).toBe(reason);
  });

  test("does not wait for a controller that does not answer", async () => {
    expect(await endReason("SIGTERM", jobWith("exec /bin/sleep 1000"))).toBe("scenecast was stopped.");
  });

  test("needs neither a job nor squeue", async () => {
    expect(await endReason("SIGTERM", {})).toBe("scenecast was stopped.");
    expect(await endReason("SIGTERM", { SLURM_JOB_ID: "7", PATH: "/nowhere" })).toBe(
      "scenecast was stopped.",
    );
  });
});
