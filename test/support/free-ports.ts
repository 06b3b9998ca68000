const LOOPBACK = "127.0.0.1";

/** A TCP port of loopback that nobody has at this moment. */
export function freeTcpPort(): number {
  const listener = Bun.listen({ hostname: LOOPBACK, port: 0, socket: { data() {} } });
  listener.stop(true);
  return listener.port;
}

/** A UDP port of loopback that nobody has at this moment, nor the one after it: RTP's, and RTCP's. */
export async function freeUdpPortPair(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const first = await Bun.udpSocket({ hostname: LOOPBACK, port: 0 });
    try {
      const second = await Bun.udpSocket({ hostname: LOOPBACK, port: first.port + 1 });
      second.close();
      return first.port;
    } catch {
      // It is taken, or there is none after it.
    } finally {
      first.close();
    }
  }
  throw new Error("There are no two free UDP ports in a row.");
}
