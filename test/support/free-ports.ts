const LOOPBACK = "127.0.0.1";

/** An unused TCP port of loopback. */
export function freeTcpPort(): number {
  const listener = Bun.listen({ hostname: LOOPBACK, port: 0, socket: { data() {} } });
  listener.stop(true);
  return listener.port;
}

/** The first of two consecutive unused UDP ports of loopback, for RTP and RTCP. */
export async function freeUdpPortPair(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = await Bun.udpSocket({ hostname: LOOPBACK, port: 0 });
    try {
      const second = await Bun.udpSocket({ hostname: LOOPBACK, port: first.port + 1 });
      second.close();
      return first.port;
    } catch {
      // The port is in use, or is the last one.
    } finally {
      first.close();
    }
  }
  throw new Error("Cannot find two consecutive unused UDP ports.");
}
