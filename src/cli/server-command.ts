// What the commands that start a server, `view` and `serve`, share.
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { getLogger } from "@logtape/logtape";
import { reporter } from "../native/guarded.ts";
import { nativeLibraryPath } from "../native/libraries.ts";
import { isLocalHost, isWildcardAddress } from "../server/access/host-names.ts";
import type { ScenecastServer, ServerOptions } from "../server/server.ts";
import { shellWord } from "../util/shell-words.ts";
import type { IceServer } from "../webrtc/ice-server.ts";
import { CommandError } from "./errors.ts";
import { ignoreEpipe } from "./log.ts";
import type { LogLevelName } from "./option-values.ts";

const log = getLogger(["scenecast"]);

const SSH_PORT = "22";

/** Port of the user's own computer that the printed tunnel to a Unix socket uses: the default of --port. */
const TUNNEL_PORT = 8000;

/** SIGHUP (signal 1) in the signal masks of /proc/PID/status. */
const SIGHUP_BIT = 1n;

const SHUTDOWN_SIGNALS = ["SIGINT", "SIGTERM", "SIGQUIT", "SIGHUP"] as const;

/** Values of the options that `view` and `serve` share. */
export interface ServerCommandOptions {
  host: string;
  port: number;
  socket?: string;
  token?: string;
  viewToken?: string;
  allowOrigin?: string[];
  trustedProxy?: string[];
  tlsCert?: string;
  tlsKey?: string;
  maxViewers: number;
  iceServer?: IceServer[];
  json?: boolean;
  logLevel: LogLevelName;
  open?: boolean;
}

/** Converts the options of a command to those of its server. @throws CommandError for an invalid combination */
export function toServerOptions(options: ServerCommandOptions): ServerOptions {
  const { host, port, socket, token, viewToken, allowOrigin, trustedProxy } = options;
  const { tlsCert, tlsKey, maxViewers, iceServer } = options;
  if (Boolean(tlsCert) !== Boolean(tlsKey)) {
    throw new CommandError("--tls-cert and --tls-key belong together: give both or neither.", 2);
  }
  if (token !== undefined && token === viewToken) {
    throw new CommandError(
      "--token and --view-token must differ: viewers with the first can steer, those with the second cannot.",
      2,
    );
  }
  return {
    host,
    port,
    maxViewers,
    ...(socket !== undefined && { socket }),
    // Set by a program that starts this one.
    ...(process.env.SCENECAST_INSTANCE && { instance: process.env.SCENECAST_INSTANCE }),
    ...(token && { token }),
    ...(viewToken && { viewToken }),
    ...(allowOrigin && { allowOrigins: allowOrigin }),
    ...(trustedProxy && { trustedProxies: trustedProxy }),
    ...(iceServer && { iceServers: iceServer }),
    ...(tlsCert && tlsKey && { tls: { certFile: tlsCert, keyFile: tlsKey } }),
  };
}

/** Announces a running server: the ready line on standard output; the SSH tunnel and the view-only link on standard error. */
export function announce(server: ScenecastServer, options: ServerCommandOptions): void {
  const { url, viewUrl, socket } = server;
  const address = socket === undefined ? { port: server.port } : { socket };
  // A Python program packs frames by it. A path of this process (/proc/self) is to hold for that program.
  const library = process.env.SCENECAST_INSTANCE && {
    library: nativeLibraryPath().replace("/self/", `/${process.pid}/`),
  };
  ignoreEpipe(process.stdout);
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ url, view_url: viewUrl, ...address, pid: process.pid, ...library })}\n`
      : `scenecast ready ${url}${socket === undefined ? "" : ` on ${socket}`}\n`,
  );
  const tunnel =
    socket === undefined ? tunnelCommand(server.port, options.host) : socketTunnelCommand(socket);
  const localPort = socket === undefined ? server.port : TUNNEL_PORT;
  const throughTunnel = (address: string) => address.replace(/\/\/[^/]+/, `//localhost:${localPort}`);
  if (tunnel) log.info`From your own computer: ${tunnel}   then open ${throughTunnel(url)}`;
  if (viewUrl) log.info`View-only link: ${socket === undefined ? viewUrl : throughTunnel(viewUrl)}`;
  if (options.open) openBrowser(url);
}

function openBrowser(url: string): void {
  const opener = Bun.which("xdg-open") ?? Bun.which("open");
  if (opener) {
    Bun.spawn([opener, url], {
      stdin: "ignore",
      stdout: "ignore",
      stderr: "ignore",
      onExit: (_, exitCode) => {
        if (exitCode !== 0) log.warning`${opener} could not open a browser. Open ${url} yourself.`;
      },
    }).unref();
  } else log.warning`Cannot open a browser: xdg-open is not installed. Open ${url} yourself.`;
}

function userName(env: Record<string, string | undefined>): string {
  // Not os.userInfo(): Bun takes the name from the environment, and "unknown" if it is not there, as in a batch job.
  const name = env.USER ?? env.LOGNAME;
  if (name) return name;
  try {
    const { success, stdout } = Bun.spawnSync(["id", "-un"], { stderr: "ignore" });
    if (success) return stdout.toString().trim();
  } catch {
    // A minimal container has no program id.
  }
  return "you";
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
  const destination = sshDestination(env);
  return destination && `ssh -N -L ${port}:${target}:${port} ${destination}`;
}

/** Returns the SSH command that forwards {@link TUNNEL_PORT} of the user's own computer to a Unix socket of this machine. */
function socketTunnelCommand(socket: string, env: Record<string, string | undefined> = process.env): string {
  const destination = sshDestination(env) ?? `${userName(env)}@${hostname()}`;
  return `ssh -N -L ${shellWord(`${TUNNEL_PORT}:${socket}`)} ${destination}`;
}

/** Arguments with which ssh reaches this machine; undefined if this is not a remote session. */
function sshDestination(env: Record<string, string | undefined>): string | undefined {
  if (env.SLURM_JOB_ID && env.SLURM_SUBMIT_HOST && env.SLURM_SUBMIT_HOST !== hostname()) {
    const user = userName(env);
    return `-J ${user}@${env.SLURM_SUBMIT_HOST} ${user}@${hostname()}`;
  }
  // SSH_CONNECTION: address and port of the client, then of the server.
  const [, , serverAddress, serverPort = SSH_PORT] = env.SSH_CONNECTION?.split(" ") ?? [];
  if (!serverAddress) return undefined;
  return `${serverPort === SSH_PORT ? "" : `-p ${serverPort} `}${userName(env)}@${serverAddress}`;
}

/**
 * Resolves to the first shutdown signal. SIGHUP stays ignored if it was ignored when the process started, as with `nohup`.
 * @param onSecondInterrupt called at every further Ctrl+C: the caller should abort its clean-up
 */
export function waitForShutdownSignal(onSecondInterrupt: () => void = () => {}): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let requested = false;
    for (const signal of SHUTDOWN_SIGNALS) {
      if (signal === "SIGHUP" && ignoresSighup()) continue;
      // Repeated SIGTERM is normal: with PR_SET_PDEATHSIG a dying launcher sends one for each of its threads that was the parent.
      process.on(signal, () => {
        if (requested && signal === "SIGINT") onSecondInterrupt();
        requested = true;
        resolve(signal);
      });
    }
  });
}

function ignoresSighup(): boolean {
  try {
    const ignored = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1];
    return (BigInt(`0x${ignored ?? "0"}`) & SIGHUP_BIT) !== 0n;
  } catch {
    // Unknown without /proc: SIGHUP then ends the process, as by default.
    return false;
  }
}

/**
 * Keeps a server running after an uncaught exception or an unhandled rejection: the error is logged, and viewers stay connected. Such
 * an error is always a bug in scenecast.
 */
export function logUncaughtErrors(): void {
  const report = reporter("Internal error; scenecast continues. Please report it");
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);
}
