import { getLogger } from "@logtape/logtape";
import type { RTCSctpTransport } from "werift";
import { TokenBucket } from "../rtp/token-bucket.ts";
import { countChunks } from "./sctp-packet.ts";
import { DISCARDING_STREAM, sctpInternals } from "./werift-internals.ts";

const log = getLogger(["scenecast", "webrtc"]);

/** Receive window, bytes, announced to the peer. A page's messages have 4 KiB at most. */
const WINDOW_BYTES = 1 << 17;
/** Maximum number of data channels that a peer may open, closed ones included: a page has two. */
const MAX_OPENINGS = 100;
/** Maximum number of fragments kept of one message. 64 KiB, the announced maximum, are 60; werift scans all of them for each new one. */
const MAX_FRAGMENTS = 256;
/** Rate limit of chunks; excess ones are dropped, as by a congested link, and retransmitted. A page sends about 120 a second. */
const MAX_CHUNKS_PER_SECOND = 3_000;

/** Payload protocol identifiers: of a control message (RFC 8832), and of data (RFC 8831, section 8). */
const CONTROL = 50;
const DATA: ReadonlySet<number> = new Set([51, 53, 56, 57]);
/** First byte of the control message DATA_CHANNEL_OPEN. The other one, DATA_CHANNEL_ACK, is sent to the peer that opens. */
const OPEN = 3;

/**
 * Limits the CPU time and memory of a peer's SCTP association: drops invalid packets before werift parses them, and bounds streams,
 * fragments and messages. Catches werift's unhandled rejections.
 *
 * @param onViolation called when the peer ignores the receive window
 */
export function limitSctp(transport: RTCSctpTransport, onViolation: () => void): void {
  const internals = sctpInternals(transport);
  const { sctp } = internals;
  const logDropped = (error: unknown) => log.debug`A message on a data channel was not understood: ${error}`;
  const chunks = new TokenBucket(MAX_CHUNKS_PER_SECOND, MAX_CHUNKS_PER_SECOND);
  const handleData = sctp.handleData.bind(sctp);
  sctp.advertisedRwnd = WINDOW_BYTES;
  sctp.handleData = async (packet) => {
    const count = countChunks(packet, sctp);
    if (count === 0 || !chunks.take(performance.now(), count)) return;
    await handleData(packet).catch(logDropped);
    // An honest peer may exceed a full window by a probe packet from time to time.
    if (sctp.advertisedRwnd < -WINDOW_BYTES) onViolation();
  };
  const getInboundStream = sctp.getInboundStream.bind(sctp);
  sctp.getInboundStream = (id) => {
    if (sctp.inboundStreams[id] === undefined && Object.keys(sctp.inboundStreams).length >= MAX_OPENINGS)
      return DISCARDING_STREAM;
    const stream = getInboundStream(id);
    if (stream.reassembly.length > MAX_FRAGMENTS) onViolation();
    return stream;
  };
  let openings = 0;
  sctp.onReceive.execute = (stream, protocol, data) => {
    const isAccepted =
      protocol === CONTROL ? data[0] === OPEN && openings++ < MAX_OPENINGS : DATA.has(protocol);
    if (isAccepted) internals.datachannelReceive(stream, protocol, data).catch(logDropped);
  };
}
