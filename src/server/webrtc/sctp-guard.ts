import { getLogger } from "@logtape/logtape";
import type { Event, RTCSctpTransport } from "werift";

const log = getLogger(["scenecast", "webrtc"]);

/** What a peer may have sent of messages that are not whole yet, bytes: it is told so. A page's messages have 4 KiB at most. */
const WINDOW_BYTES = 1 << 17;
/** Packets that may have come before one that is missing; werift sorts them with each that comes. */
const MOST_AHEAD = 4096;
/** How many data channels a peer may open, those that it has closed counted too: a page has two. */
const MOST_OPENINGS = 100;

/** Payload protocol identifiers: RFC 8832 has the first, RFC 8831 (section 8) the others. */
const CONTROL = 50;
const MESSAGES: ReadonlySet<number> = new Set([51, 53, 56, 57]);
/** The first byte of a control message: a peer opens a channel. The other, an acknowledgement, is for who opens some himself. */
const OPEN = 3;

/** What werift's types keep to themselves. */
interface SctpInside {
  sctp: {
    /** Of the window, what is left. */
    advertisedRwnd: number;
    readonly sackMisOrdered: ReadonlySet<number>;
    readonly onReceive: Event<[stream: number, protocol: number, data: Buffer]>;
    handleData(packet: Buffer): Promise<void>;
  };
  datachannelReceive(stream: number, protocol: number, data: Buffer): Promise<void>;
}

/**
 * Has what a peer says on its data channels become no error that nobody hears, nor hold more than it may. `onTooMuch`: it has
 * not kept to the window.
 */
export function guardSctp(transport: RTCSctpTransport, onTooMuch: () => void): void {
  const inside = transport as unknown as SctpInside;
  const { sctp } = inside;
  const dropped = (error: unknown) => log.debug`What came on a data channel was not understood: ${error}`;
  const handle = sctp.handleData.bind(sctp);
  sctp.advertisedRwnd = WINDOW_BYTES;
  sctp.handleData = async (packet) => {
    await handle(packet).catch(dropped);
    // A full window is asked now and then by a packet whether it is still full.
    if (sctp.advertisedRwnd < -WINDOW_BYTES || sctp.sackMisOrdered.size > MOST_AHEAD) onTooMuch();
  };
  let openings = 0;
  sctp.onReceive.execute = (stream, protocol, data) => {
    const isTaken =
      protocol === CONTROL ? data[0] === OPEN && openings++ < MOST_OPENINGS : MESSAGES.has(protocol);
    if (isTaken) inside.datachannelReceive(stream, protocol, data).catch(dropped);
  };
}
