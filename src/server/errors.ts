/** Why the server could not start. */
export type ServerStartErrorCode =
  | "port-in-use"
  | "port-forbidden"
  | "address-unavailable"
  /** The files of `tls` are none, can not be read, or do not belong together. */
  | "bad-certificate"
  /** Something else kept it from starting. */
  | "not-started"
  /** It was asked for its address before `start()`. */
  | "not-listening"
  /** It was stopped, which is for good. */
  | "stopped";

/** The server did not start, or has not yet; the message says why and what to do. */
export class ServerStartError extends Error {
  override readonly name = "ServerStartError";

  constructor(
    message: string,
    /** For programs; the message is for people. */
    readonly code: ServerStartErrorCode,
  ) {
    super(message);
  }
}

/** Turns what Bun.serve throws for `host` and `port` into a sentence that says what to do. */
export function startError(error: unknown, host: string, port: number): ServerStartError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  switch (code) {
    case "EADDRINUSE": {
      const next = port < 65535 ? port + 1 : port - 1;
      return new ServerStartError(
        `Port ${port} on ${host} is in use by another program; try --port ${next}, or --port 0 for a free one.`,
        "port-in-use",
      );
    }
    case "EACCES":
    case "EPERM":
      return new ServerStartError(
        `Port ${port} on ${host} may not be opened by this user; try --port 8000, or --port 0 for a free one.`,
        "port-forbidden",
      );
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOTFOUND":
      return new ServerStartError(
        `This machine has no address ${host}; try --host localhost, or --host 0.0.0.0 for all of its addresses.`,
        "address-unavailable",
      );
    default: {
      const why = error instanceof Error ? error.message : String(error);
      return new ServerStartError(
        `The server could not start on ${host} port ${port}: ${why}`,
        "not-started",
      );
    }
  }
}
