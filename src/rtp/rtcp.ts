/** RTCP as a sender of video needs it (RFC 3550, 4585, 5104, and draft-holmer-rmcat-transport-wide-cc-extensions-01). */

/** How the packets of one source come to the peer, from a report block (RFC 3550, section 6.4.1). */
export interface ReceiverReport {
  kind: "report";
  /** The source that it is about. */
  ssrc: number;
  /** 0 to 1, since the report before. */
  lost: number;
  /** The highest sequence number that came, 16 bits. */
  highest: number;
  /** Time stamp of the newest sender report that came, in 1/65536 s; 0 for none. */
  lastReport: number;
  /** How long before this report that was, s. */
  sinceLastReport: number;
}

/** When packets came, by their transport-wide sequence numbers. */
export interface ArrivalReport {
  kind: "arrivals";
  /** In order. `atMs` is the peer's clock, modulo {@link ARRIVAL_CLOCK_MS}; null if the packet did not arrive. */
  packets: { sequence: number; atMs: number | null }[];
}

export type Feedback =
  | ReceiverReport
  | ArrivalReport
  /** These packets are missing: sequence numbers of RTP. */
  | { kind: "nack"; ssrc: number; sequences: number[] }
  /** The picture can not be decoded on: a PLI, or a FIR. */
  | { kind: "keyframe" }
  /** The peer leaves. */
  | { kind: "bye" };

const TYPE = {
  senderReport: 200,
  receiverReport: 201,
  description: 202,
  bye: 203,
  transport: 205,
  payload: 206,
};
const TRANSPORT_FEEDBACK = { nack: 1, arrivals: 15 };
const PAYLOAD_FEEDBACK = { pli: 1, fir: 4 };
const REPORT_BLOCK_BYTES = 24;
/** Item of a source description: the canonical name. */
const CNAME = 1;
/** Seconds from 1900, where NTP begins, to 1970. */
const NTP_EPOCH_S = 2_208_988_800;

/**
 * Maximum number of packet statuses read from one compound packet. A run-length chunk of two bytes stands for up to 8,191 of
 * them, so a datagram of 1,200 bytes could expand to 3 million. A sender at 20 Mbit/s sends 200 packets between two reports.
 */
const MAX_STATUSES = 4_096;

/** Reads a compound packet. What is not understood or broken is left out. */
export function readRtcp(packet: Uint8Array): Feedback[] {
  const found: Feedback[] = [];
  let statusesLeft = MAX_STATUSES;
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  for (let at = 0; at + 4 <= view.byteLength; ) {
    const first = view.getUint8(at);
    const bytes = 4 * (view.getUint16(at + 2) + 1);
    if (first >> 6 !== 2 || at + bytes > view.byteLength) break;
    const one = new DataView(view.buffer, view.byteOffset + at, bytes);
    const feedback = readOne(one, first & 0x1f, view.getUint8(at + 1), statusesLeft);
    for (const each of feedback) if (each.kind === "arrivals") statusesLeft -= each.packets.length;
    found.push(...feedback);
    at += bytes;
  }
  return found;
}

/** `count`: of report blocks, or the format of a feedback message. */
function readOne(view: DataView, count: number, type: number, maxStatuses: number): Feedback[] {
  if (type === TYPE.senderReport) return readReports(view, 28, count);
  if (type === TYPE.receiverReport) return readReports(view, 8, count);
  if (type === TYPE.bye) return [{ kind: "bye" }];
  if (view.byteLength < 12) return [];
  if (type === TYPE.payload) {
    return count === PAYLOAD_FEEDBACK.pli || count === PAYLOAD_FEEDBACK.fir ? [{ kind: "keyframe" }] : [];
  }
  if (type !== TYPE.transport) return [];
  if (count === TRANSPORT_FEEDBACK.nack) return [readNack(view)];
  if (count !== TRANSPORT_FEEDBACK.arrivals || view.byteLength < 20) return [];
  return view.getUint16(14) <= maxStatuses ? [readArrivals(view)] : [];
}

function readReports(view: DataView, from: number, count: number): ReceiverReport[] {
  const reports: ReceiverReport[] = [];
  for (let i = 0; i < count; i++) {
    const at = from + i * REPORT_BLOCK_BYTES;
    if (at + REPORT_BLOCK_BYTES > view.byteLength) break;
    reports.push({
      kind: "report",
      ssrc: view.getUint32(at),
      lost: view.getUint8(at + 4) / 256,
      highest: view.getUint16(at + 10),
      lastReport: view.getUint32(at + 16),
      sinceLastReport: view.getUint32(at + 20) / 65536,
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

/** What became of a packet, in two bits: did not come, came (one byte of time), came (two bytes). */
const ARRIVAL = { missing: 0, small: 1, large: 2 };
/** Units of the arrival times, ms: of the reference, and of the steps from packet to packet. */
const REFERENCE_MS = 64;
const STEP_MS = 0.25;
/** Arrival times wrap after this time, ms (12.4 days): the reference time has 24 bits. */
export const ARRIVAL_CLOCK_MS = 2 ** 24 * REFERENCE_MS;

function readArrivals(view: DataView): ArrivalReport {
  const first = view.getUint16(12);
  const count = view.getUint16(14);
  const states: number[] = [];
  let at = 20;
  for (; states.length < count && at + 2 <= view.byteLength; at += 2) {
    states.push(...statesOf(view.getUint16(at)));
  }
  states.length = Math.min(states.length, count);
  let ms = (view.getUint32(16) >>> 8) * REFERENCE_MS;
  const packets: ArrivalReport["packets"] = [];
  for (const [i, state] of states.entries()) {
    const bytes = state === ARRIVAL.small ? 1 : state === ARRIVAL.large ? 2 : 0;
    if (at + bytes > view.byteLength) break;
    if (bytes > 0) ms += (bytes === 1 ? view.getUint8(at) : view.getInt16(at)) * STEP_MS;
    at += bytes;
    packets.push({ sequence: (first + i) & 0xffff, atMs: bytes > 0 ? ms : null });
  }
  return { kind: "arrivals", packets };
}

/** A chunk is a run of one state, or a vector of 14 states of one bit or 7 of two. */
function statesOf(chunk: number): number[] {
  if (chunk >> 15 === 0) return Array<number>(chunk & 0x1fff).fill((chunk >> 13) & 3);
  return (chunk >> 14) & 1
    ? Array.from({ length: 7 }, (_, i) => (chunk >> (12 - 2 * i)) & 3)
    : Array.from({ length: 14 }, (_, i) => (chunk >> (13 - i)) & 1);
}

export interface SenderReport {
  ssrc: number;
  /** ms since 1970. */
  atMs: number;
  /** The same moment in the video's time stamps. */
  rtpTimestamp: number;
  packets: number;
  /** Bytes of payload. */
  bytes: number;
  cname: string;
}

/** A sender report with the source description that must go with it. */
export function senderReport(report: SenderReport): Uint8Array {
  const name = Buffer.from(report.cname, "latin1");
  // One chunk: SSRC, item, and zeros to the next word, at least one.
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

/** The middle 32 bits of an NTP time stamp, by which reports refer to each other. */
export function compactNtp(atMs: number): number {
  const seconds = atMs / 1000 + NTP_EPOCH_S;
  return (((Math.floor(seconds) & 0xffff) << 16) | Math.floor((seconds % 1) * 65536)) >>> 0;
}
