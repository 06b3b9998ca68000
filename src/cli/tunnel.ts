import { hostname, userInfo } from "node:os";

function userName(env: Record<string, string | undefined>): string {
  try {
    return userInfo().username;
  } catch {
    // No entry in the password database, as in a minimal container.
    return env.USER ?? "you";
  }
}

/**
 * The command to type on one's own computer so that a page served on this machine's `port` opens there, or undefined when
 * nothing says that this is a remote session. Inside a Slurm job the node is reached through the host the job was submitted from.
 */
export function tunnelCommand(
  port: number,
  env: Record<string, string | undefined> = process.env,
): string | undefined {
  const forward = `ssh -N -L ${port}:localhost:${port}`;
  const user = userName(env);
  if (env.SLURM_JOB_ID && env.SLURM_SUBMIT_HOST && env.SLURM_SUBMIT_HOST !== hostname()) {
    return `${forward} -J ${user}@${env.SLURM_SUBMIT_HOST} ${user}@${hostname()}`;
  }
  const serverAddress = env.SSH_CONNECTION?.split(" ")[2];
  return serverAddress ? `${forward} ${user}@${serverAddress}` : undefined;
}
