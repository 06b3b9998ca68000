/** Why the server could not start. */
export type ServerStartErrorCode =
  | "port-in-use"
  | "port-forbidden"
  | "address-unavailable"
  /** The files of `tls` are invalid, cannot be read, or do not belong together. */
  | "bad-certificate"
  /** The path of `socket` cannot be used: no folder, not a socket, or another user could replace it. */
  | "bad-socket"
  /** Any other reason. */
  | "not-started"
  /** Its address was read before `start()`. */
  | "not-listening"
  /** It was stopped, and cannot be started again. */
  | "stopped";

/** The server did not start, or has not started yet. The message says why and what to do. */
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

/** Converts an error of Bun.serve for the Unix socket `path` into one whose message says what to do. */
export function socketStartError(error: unknown, path: string): ServerStartError {
  switch (codeOf(error)) {
    case "EADDRINUSE":
      return new ServerStartError(
        `Another program has begun to listen on ${path}. End it, or choose another path for the socket.`,
        "port-in-use",
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new ServerStartError(
        `This user may not create the socket ${path}. Choose a folder of your own, such as $XDG_RUNTIME_DIR.`,
        "port-forbidden",
      );
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return new ServerStartError(
        `The server could not start on the socket ${path}: ${reason}`,
        "not-started",
      );
    }
  }
}

/** Converts an error of Bun.serve for `host` and `port` into one whose message says what to do. */
export function startError(error: unknown, host: string, port: number): ServerStartError {
  switch (codeOf(error)) {
    case "EADDRINUSE": {
      const next = port < 65535 ? port + 1 : port - 1;
      return new ServerStartError(
        `Port ${port} on ${host} is in use by another program. Try --port ${next}, or --port 0 for a free one.`,
        "port-in-use",
      );
    }
    case "EACCES":
    case "EPERM":
      return new ServerStartError(
        `Port ${port} on ${host} may not be opened by this user. Try --port 8000, or --port 0 for a free one.`,
        "port-forbidden",
      );
    case "EADDRNOTAVAIL":
    case "EINVAL":
    case "ENOTFOUND":
      return new ServerStartError(
        `This machine has no address ${host}. Try --host localhost, or --host 0.0.0.0 for all of its addresses.`,
        "address-unavailable",
      );
    default: {
      const reason = error instanceof Error ? error.message : String(error);
      return new ServerStartError(
        `The server could not start on ${host} port ${port}: ${reason}`,
        "not-started",
      );
    }
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
