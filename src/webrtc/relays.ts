import { classes, Message, methods, type RTCDtlsTransport, StunOverTurnProtocol } from "werift";

type IceConnection = RTCDtlsTransport["iceTransport"]["connection"];

/** A TURN server that does not answer is not waited for longer, ms. */
const PATIENCE_MS = 500;

/** Gives back what TURN servers hold for a connection (RFC 8656, section 8). werift leaves it to run out, after ten minutes. */
export async function releaseRelays(connection: IceConnection): Promise<void> {
  const { protocols } = connection as unknown as { protocols: readonly unknown[] };
  const released = protocols
    .filter((protocol) => protocol instanceof StunOverTurnProtocol)
    .map(({ turn }) => {
      const request = new Message(methods.REFRESH, classes.REQUEST).setAttribute("LIFETIME", 0);
      return turn.requestWithRetry(request, turn.server).catch(() => {});
    });
  if (released.length > 0) await Promise.race([Promise.all(released), Bun.sleep(PATIENCE_MS)]);
}
