import type { ServerOptions } from "../server/server.ts";
import type { IceServer } from "../webrtc/ice-server.ts";
import type { LogLevelName } from "./choices.ts";
import { CommandError } from "./errors.ts";

/** Values of the options that `view` and `serve` share. */
export interface ServerCommandOptions {
  host: string;
  port: number;
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
  const { host, port, token, viewToken, allowOrigin, trustedProxy, tlsCert, tlsKey, maxViewers, iceServer } =
    options;
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
    ...(token && { token }),
    ...(viewToken && { viewToken }),
    ...(allowOrigin && { allowOrigins: allowOrigin }),
    ...(trustedProxy && { trustedProxies: trustedProxy }),
    ...(iceServer && { iceServers: iceServer }),
    ...(tlsCert && tlsKey && { tls: { certFile: tlsCert, keyFile: tlsKey } }),
  };
}
