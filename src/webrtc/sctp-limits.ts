import { getLogger } from "@logtape/logtape";
import type { Event, RTCSctpTransport } from "werift";
import { TokenBucket } from "../rtp/token-bucket.ts";
import { countChunks } from "./sctp-packet.ts";

const log = getLogger(["scenecast", "webrtc"]);

/** Receive window, bytes, announced to the peer. A page's messages have 4 KiB at most. */
const WINDOW_BYTES = 1 << 17;
/** Maximum number of data channels that a peer may open, closed ones included: a page has two. */
const MAX_OPENINGS = 100;
/** Maximum number of fragments kept of one message. 64 KiB, the announced maximum, are 60; werift scans all of them for each new one. */
const MAX_FRAGMENTS = 256;
/** Rate limit of chunks; excess ones are dropped, as by a congested link, and retransmitted. A page sends about 120 a second. */
const MAX_CHUNKS_PER_SECOND = 3_000;

/** Payload protocol identifiers: RFC 8832 has the first, RFC 8831 (section 8) the others. */
const CONTROL = 50;
const MESSAGES: ReadonlySet<number> = new Set([51, 53, 56, 57]);
/** The first byte of a control message: a peer opens a channel. The other, an acknowledgement, is for who opens some himself. */
const OPEN = 3;

/** Fragments of incomplete messages on one stream. */
interface InboundStream {
  readonly reassembly: { readonly length: number };
}

/** werift's private fields that are needed here. */
interface SctpInside {
  sctp: {
    /** What is left of the receive window. */
    advertisedRwnd: number;
    localTsn: number;
    /** Undefined until the peer's INIT. */
    lastReceivedTsn: number | undefined;
    inboundStreams: Record<number, InboundStream>;
    readonly onReceive: Event<[stream: number, protocol: number, data: Buffer]>;
    getInboundStream(stream: number): InboundStream;
    handleData(packet: Buffer): Promise<void>;
  };
  datachannelReceive(stream: number, protocol: number, data: Buffer): Promise<void>;
}

/** Substitute for streams beyond the limit: accepts chunks and keeps none. */
const DISCARDING = {
  reassembly: { length: 0 },
  streamSequenceNumber: 0,
  addChunk() {},
  popMessages: () => [],
  pruneChunks: () => 0,
};

/**
 * Bounds what a peer's SCTP association may cost: drops invalid packets before werift parses them, and limits the memory of streams,
 * fragments and messages. Catches werift's unhandled rejections.
 *
 * @param onTooMuch called when the peer ignores the receive window
 */
export function limitSctp(transport: RTCSctpTransport, onTooMuch: () => void): void {
  const inside = transport as unknown as SctpInside;
  const { sctp } = inside;
  const dropped = (error: unknown) => log.debug`What came on a data channel was not understood: ${error}`;
  const chunks = new TokenBucket(MAX_CHUNKS_PER_SECOND, MAX_CHUNKS_PER_SECOND);
  const handle = sctp.handleData.bind(sctp);
  sctp.advertisedRwnd = WINDOW_BYTES;
  sctp.handleData = async (packet) => {
    const count = countChunks(packet, sctp);
    if (count === 0 || !takeAll(chunks, count)) return;
    await handle(packet).catch(dropped);
    // A full window is asked now and then by a packet whether it is still full.
    if (sctp.advertisedRwnd < -WINDOW_BYTES) onTooMuch();
  };
  const streamOf = sctp.getInboundStream.bind(sctp);
  sctp.getInboundStream = (id) => {
    if (sctp.inboundStreams[id] === undefined && Object.keys(sctp.inboundStreams).length >= MAX_OPENINGS)
      return DISCARDING;
    const stream = streamOf(id);
    if (stream.reassembly.length > MAX_FRAGMENTS) onTooMuch();
    return stream;
  };
  let openings = 0;
  sctp.onReceive.execute = (stream, protocol, data) => {
    const isTaken =
      protocol === CONTROL ? data[0] === OPEN && openings++ < MAX_OPENINGS : MESSAGES.has(protocol);
    if (isTaken) inside.datachannelReceive(stream, protocol, data).catch(dropped);
  };
}

function takeAll(allowance: TokenBucket, count: number): boolean {
  for (let i = 0; i < count; i++) if (!allowance.take()) return false;
  return true;
}
