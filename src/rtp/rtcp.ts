/** RTCP of a video sender (RFC 3550, 4585, 5104, and TWCC: draft-holmer-rmcat-transport-wide-cc-extensions-01). */

/** Reception quality of one source, from a report block (RFC 3550, section 6.4.1). */
export interface ReceiverReport {
  kind: "report";
  /** SSRC of the reported source. */
  ssrc: number;
  /** Share of packets lost since the previous report, 0 to 1. */
  fractionLost: number;
  /** Highest sequence number received, 16 bits. */
  highestSequence: number;
  /** Time stamp of the last sender report received (LSR), in 1/65536 s; 0 for none. */
  lastSenderReport: number;
  /** Time from its reception to this report (DLSR), s. */
  delaySinceLastSenderReport: number;
}

/** Arrival times of packets by their transport-wide sequence numbers (TWCC). */
export interface TwccFeedback {
  kind: "twcc";
  /** In order of sequence numbers. `arrivedAtMs`: ms of the peer's clock, modulo {@link ARRIVAL_CLOCK_MS}; null if the packet was not received. */
  packets: { sequence: number; arrivedAtMs: number | null }[];
}

export type Feedback =
  | ReceiverReport
  | TwccFeedback
  /** RTP sequence numbers of packets that were not received. */
  | { kind: "nack"; ssrc: number; sequences: number[] }
  /** The peer needs a keyframe to decode further frames: a PLI or a FIR. */
  | { kind: "keyframe" }
  /** The peer disconnects. */
  | { kind: "bye" };

const TYPE = {
  senderReport: 200,
  receiverReport: 201,
  description: 202,
  bye: 203,
  transport: 205,
  payload: 206,
};
const TRANSPORT_FEEDBACK = { nack: 1, twcc: 15 };
const PAYLOAD_FEEDBACK = { pli: 1, fir: 4 };
const REPORT_BLOCK_BYTES = 24;
/** Source description item: canonical name. */
const CNAME = 1;
/** Seconds from 1900, the epoch of NTP, to 1970. */
const NTP_EPOCH_S = 2_208_988_800;

/**
 * Maximum number of packet statuses read from one compound packet. A run-length chunk of two bytes stands for up to 8,191 of
 * them, so a datagram of 1,200 bytes could expand to 3 million. A sender at 20 Mbit/s sends 200 packets between two reports.
 */
const MAX_STATUSES = 4_096;

/** Parses a compound packet. Unknown and malformed parts are skipped. */
export function readRtcp(packet: Uint8Array): Feedback[] {
  const result: Feedback[] = [];
  let statusesLeft = MAX_STATUSES;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  for (let at = 0; at + 4 <= view.byteLength; ) {
    const first = view.getUint8(at);
    const bytes = 4 * (view.getUint16(at + 2) + 1);
    if (first >> 6 !== 2 || at + bytes > view.byteLength) break;
    const part = new DataView(view.buffer, view.byteOffset + at, bytes);
    const feedback = readPacket(part, first & 0x1f, view.getUint8(at + 1), statusesLeft);
    for (const each of feedback) if (each.kind === "twcc") statusesLeft -= each.packets.length;
    result.push(...feedback);
    at += bytes;
  }
  return result;
}

/** `count`: number of report blocks, or the format of a feedback message. */
function readPacket(view: DataView, count: number, type: number, maxStatuses: number): Feedback[] {
  if (type === TYPE.senderReport) return readReports(view, 28, count);
  if (type === TYPE.receiverReport) return readReports(view, 8, count);
  if (type === TYPE.bye) return [{ kind: "bye" }];
  if (view.byteLength < 12) return [];
  if (type === TYPE.payload) {
    return count === PAYLOAD_FEEDBACK.pli || count === PAYLOAD_FEEDBACK.fir ? [{ kind: "keyframe" }] : [];
  }
  if (type !== TYPE.transport) return [];
  if (count === TRANSPORT_FEEDBACK.nack) return [readNack(view)];
  if (count !== TRANSPORT_FEEDBACK.twcc || view.byteLength < 20) return [];
  return view.getUint16(14) <= maxStatuses ? [readTwcc(view)] : [];
}

function readReports(view: DataView, from: number, count: number): ReceiverReport[] {
  const reports: ReceiverReport[] = [];
  for (let i = 0; i < count; i++) {
    const at = from + i * REPORT_BLOCK_BYTES;
    if (at + REPORT_BLOCK_BYTES > view.byteLength) break;
    reports.push({
      kind: "report",
      ssrc: view.getUint32(at),
      fractionLost: view.getUint8(at + 4) / 256,
      highestSequence: view.getUint16(at + 10),
      lastSenderReport: view.getUint32(at + 16),
      delaySinceLastSenderReport: view.getUint32(at + 20) / 65536,
    });
  }
  return reports;
}

function readNack(view: DataView): Feedback {
  const sequences: number[] = [];
  for (let at = 12; at + 4 <= view.byteLength; at += 4) {
    const first = view.getUint16(at);
    const following = view.getUint16(at + 2);
    sequences.push(first);
    for (let i = 0; i < 16; i++) if ((following >> i) & 1) sequences.push((first + i + 1) & 0xffff);
  }
  return { kind: "nack", ssrc: view.getUint32(8), sequences };
}

/** Packet status symbols: not received, or received with an arrival time delta of one or of two bytes. */
const STATUS = { smallDelta: 1, largeDelta: 2 };
/** Units of the reference time, and of the deltas from packet to packet, ms. */
const REFERENCE_MS = 64;
const DELTA_MS = 0.25;
/** Arrival times wrap after this time, ms (12.4 days): the reference time has 24 bits. */
export const ARRIVAL_CLOCK_MS = 2 ** 24 * REFERENCE_MS;

function readTwcc(view: DataView): TwccFeedback {
  const first = view.getUint16(12);
  const count = view.getUint16(14);
  const statuses: number[] = [];
  let at = 20;
  for (; statuses.length < count && at + 2 <= view.byteLength; at += 2) {
    statuses.push(...statusesOf(view.getUint16(at)));
  }
  statuses.length = Math.min(statuses.length, count);
  let ms = (view.getUint32(16) >>> 8) * REFERENCE_MS;
  const packets: TwccFeedback["packets"] = [];
  for (const [i, status] of statuses.entries()) {
    const bytes = status === STATUS.smallDelta ? 1 : status === STATUS.largeDelta ? 2 : 0;
    if (at + bytes > view.byteLength) break;
    if (bytes > 0) ms += (bytes === 1 ? view.getUint8(at) : view.getInt16(at)) * DELTA_MS;
    at += bytes;
    packets.push({ sequence: (first + i) & 0xffff, arrivedAtMs: bytes > 0 ? ms : null });
  }
  return { kind: "twcc", packets };
}

/** The statuses of a chunk: a run of one status, or a vector of 14 one-bit or 7 two-bit statuses. */
function statusesOf(chunk: number): number[] {
  if (chunk >> 15 === 0) return Array<number>(chunk & 0x1fff).fill((chunk >> 13) & 3);
  return (chunk >> 14) & 1
    ? Array.from({ length: 7 }, (_, i) => (chunk >> (12 - 2 * i)) & 3)
    : Array.from({ length: 14 }, (_, i) => (chunk >> (13 - i)) & 1);
}

export interface SenderReport {
  ssrc: number;
  /** ms since 1970. */
  atMs: number;
  /** The same time on the RTP clock. */
  rtpTimestamp: number;
  /** Number of packets sent. */
  packets: number;
  /** Payload bytes sent. */
  bytes: number;
  cname: string;
}

/** A compound packet: sender report, and the source description that RFC 3550 requires with it. */
export function senderReport(report: SenderReport): Uint8Array {
  const name = Buffer.from(report.cname, "latin1");
  // One chunk: SSRC, item, and at least one zero byte up to the next word.
  const chunk = 4 + 2 + name.length;
  const description = 4 + chunk + (4 - (chunk % 4));
  const packet = new Uint8Array(28 + description);
  const view = new DataView(packet.buffer);
  view.setUint8(0, 0x80);
  view.setUint8(1, TYPE.senderReport);
  view.setUint16(2, 28 / 4 - 1);
  view.setUint32(4, report.ssrc);
  const seconds = report.atMs / 1000 + NTP_EPOCH_S;
  view.setUint32(8, Math.floor(seconds) >>> 0);
  view.setUint32(12, Math.floor((seconds % 1) * 2 ** 32) >>> 0);
  view.setUint32(16, report.rtpTimestamp);
  view.setUint32(20, report.packets);
  view.setUint32(24, report.bytes);
  view.setUint8(28, 0x81);
  view.setUint8(29, TYPE.description);
  view.setUint16(30, description / 4 - 1);
  view.setUint32(32, report.ssrc);
  view.setUint8(36, CNAME);
  view.setUint8(37, name.length);
  packet.set(name, 38);
  return packet;
}

/** The middle 32 bits of an NTP time stamp, with which receiver reports refer to sender reports (LSR). */
export function compactNtp(atMs: number): number {
  const seconds = atMs / 1000 + NTP_EPOCH_S;
  return (((Math.floor(seconds) & 0xffff) << 16) | Math.floor((seconds % 1) * 65536)) >>> 0;
}
