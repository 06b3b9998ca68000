/** The batch system Slurm, as a process in one of its jobs sees it. */

/** Time for an answer of Slurm's controller, ms. A busy cluster takes longer, and a shutdown must not wait for it. */
const QUERY_TIMEOUT_MS = 700;

type Environment = Record<string, string | undefined>;

/**
 * Why the server ends, as a sentence for its viewers. Slurm sends SIGTERM both when a job is cancelled and when its time limit is
 * reached, and the producer may end of it first; only the job's record has the reason.
 */
export async function endReason(
  cause: NodeJS.Signals | "producer-ended",
  env: Environment = process.env,
): Promise<string> {
  const job = env.SLURM_JOB_ID;
  const otherwise =
    cause === "producer-ended" ? "The program that rendered this view has ended." : "scenecast was stopped.";
  if (job === undefined || (cause !== "SIGTERM" && cause !== "producer-ended")) return otherwise;
  switch (await queryJob(job, env)) {
    case "TimeLimit":
      return `The Slurm job ${job} reached its time limit.`;
    case "cancelled":
      return `The Slurm job ${job} was cancelled.`;
    default:
      return otherwise;
  }
}

/** Why Slurm ends a job; null if it does not, or cannot be asked. */
async function queryJob(job: string, env: Environment): Promise<"TimeLimit" | "cancelled" | null> {
  try {
    const query = Bun.spawn(["squeue", "--noheader", "--jobs", job, "--states", "all", "--format", "%T %r"], {
      env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "ignore",
      timeout: QUERY_TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    const [state, reason = ""] = (await new Response(query.stdout).text()).trim().split(" ");
    if (reason === "TimeLimit") return reason;
    // A cancelled job has no reason, and neither has a running one whose process got a signal from elsewhere.
    return state && state !== "RUNNING" && reason === "None" ? "cancelled" : null;
  } catch {
    // squeue is not in the container.
    return null;
  }
}
