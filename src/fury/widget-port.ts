/**
 * FURY's check_port_is_available: whether no other program listens on this TCP port. Another
 * program may take the port a moment later. An address that this machine does not have, or a port that this user may not
 * open, counts as available: starting a server there reports the error.
 * @param host "localhost" is 127.0.0.1, as for the server
 * @param port 0 to 65535; 0 is always available
 * @throws RangeError for an invalid port
 */
export function checkPortIsAvailable(host: string, port: number): boolean {
  if (!Number.isInteger(port) || port < 0 || port > 65535) {
    throw new RangeError(`A port is a whole number from 0 to 65535; it is ${port}.`);
  }
  try {
    probePort(host, port);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "EADDRINUSE");
  }
}

/**
 * Finds a free port: the first of `preferred` that is available, else any. Another program may take it before the caller does.
 * @param host as in {@link checkPortIsAvailable}
 * @returns 0 if this machine does not have the address; a server started there then reports the error
 */
export function findFreePort(host: string, preferred: readonly number[]): number {
  const free = preferred.find((port) => port > 0 && checkPortIsAvailable(host, port));
  if (free !== undefined) return free;
  try {
    return probePort(host, 0);
  } catch {
    return 0;
  }
}

/** Opens a listener and closes it. @returns its port; any free one for 0 */
function probePort(host: string, port: number): number {
  const listener = Bun.listen({
    hostname: host === "localhost" ? "127.0.0.1" : host,
    port,
    socket: { open: (socket) => void socket.terminate(), data() {} },
  });
  const bound = listener.port;
  listener.stop(true);
  return bound;
}
