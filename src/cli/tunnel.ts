import { hostname, userInfo } from "node:os";
import { isLocalHost, isWildcardAddress } from "../server/access/host-names.ts";

const SSH_PORT = "22";

function userName(env: Record<string, string | undefined>): string {
  try {
    return userInfo().username;
  } catch {
    // No entry in the password database, as in a minimal container.
    return env.USER ?? "you";
  }
}

/**
 * Returns the SSH command that forwards `port` of the user's own computer to the server on this machine, or undefined if this is not a
 * remote session. The node of a Slurm job is reached through the submit host.
 */
export function tunnelCommand(
  port: number,
  host: string,
  env: Record<string, string | undefined> = process.env,
): string | undefined {
  const target = isLocalHost(host) || isWildcardAddress(host) ? "localhost" : host;
  const forward = `ssh -N -L ${port}:${target}:${port}`;
  const user = userName(env);
  if (env.SLURM_JOB_ID && env.SLURM_SUBMIT_HOST && env.SLURM_SUBMIT_HOST !== hostname()) {
    return `${forward} -J ${user}@${env.SLURM_SUBMIT_HOST} ${user}@${hostname()}`;
  }
  // SSH_CONNECTION: address and port of the client, then of the server.
  const [, , serverAddress, serverPort = SSH_PORT] = env.SSH_CONNECTION?.split(" ") ?? [];
  if (!serverAddress) return undefined;
  return `${forward} ${serverPort === SSH_PORT ? "" : `-p ${serverPort} `}${user}@${serverAddress}`;
}
