/** RTP packets of VP8 (RFC 3550, RFC 7741), retransmissions (RFC 4588), and header extensions of one byte (RFC 8285). */

/** Ticks per second of the clock that video over RTP counts in. */
export const CLOCK_RATE = 90_000;

/**
 * Bytes of VP8 in one packet. With 58 bytes of headers, descriptor and tag the datagram has 1,200 bytes at most, which
 * passes VPNs and IPv6 tunnels whole.
 */
const MAX_PIECE_BYTES = 1_140;
/** The VP8 payload descriptor in its shortest form: one byte, whose bit S says that a frame begins. */
const DESCRIPTOR_BYTES = 1;
const FRAME_BEGINS = 0x10;

/** By these URIs SDP names them. */
export const EXTENSION_URI = {
  sendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  transportSequence: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
} as const;

/** The numbers that the peer gave to the extensions it takes; null for one that it does not. */
export type ExtensionIds = Record<keyof typeof EXTENSION_URI, number | null>;

/** What the header of a packet says. */
export interface RtpFields {
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** Whether a frame ends with it. */
  marker: boolean;
  /** Counts all packets to the peer, 16 bits. */
  transportSequence: number;
  /** When it leaves, ms of any clock. */
  sendTimeMs: number;
}

/** The payloads of a frame's packets, descriptor included. All viewers share them. */
export function vp8Payloads(frame: Uint8Array): readonly Uint8Array[] {
  // Of the same size, so that the last one is no small packet on its own.
  const count = Math.max(1, Math.ceil(frame.byteLength / MAX_PIECE_BYTES));
  const size = Math.ceil(frame.byteLength / count);
  return Array.from({ length: count }, (_, i) => {
    const piece = frame.subarray(i * size, (i + 1) * size);
    const payload = new Uint8Array(DESCRIPTOR_BYTES + piece.byteLength);
    payload[0] = i === 0 ? FRAME_BEGINS : 0;
    payload.set(piece, DESCRIPTOR_BYTES);
    return payload;
  });
}

/** Writes packets for a peer that takes these extensions. */
export class RtpWriter {
  readonly #ids: ExtensionIds;
  readonly headerBytes: number;

  constructor(ids: ExtensionIds) {
    this.#ids = ids;
    const { sendTime, transportSequence, playoutDelay } = ids;
    const extensions =
      (sendTime === null ? 0 : 4) + (transportSequence === null ? 0 : 3) + (playoutDelay === null ? 0 : 4);
    this.headerBytes = 12 + (extensions === 0 ? 0 : 4 + 4 * Math.ceil(extensions / 4));
  }

  /** @param original the sequence number of the packet that is sent again here; undefined for the first time */
  packet(fields: RtpFields, payload: Uint8Array, original?: number): Uint8Array {
    const start = this.headerBytes + (original === undefined ? 0 : 2);
    const packet = new Uint8Array(start + payload.byteLength);
    const view = new DataView(packet.buffer);
    const extended = this.headerBytes > 12;
    view.setUint8(0, extended ? 0x90 : 0x80);
    view.setUint8(1, (fields.marker ? 0x80 : 0) | fields.payloadType);
    view.setUint16(2, fields.sequence);
    view.setUint32(4, fields.timestamp);
    view.setUint32(8, fields.ssrc);
    if (extended) this.#writeExtensions(view, fields);
    if (original !== undefined) view.setUint16(this.headerBytes, original);
    packet.set(payload, start);
    return packet;
  }

  #writeExtensions(view: DataView, { sendTimeMs, transportSequence }: RtpFields): void {
    view.setUint16(12, 0xbede);
    view.setUint16(14, (this.headerBytes - 16) / 4);
    let at = 16;
    if (this.#ids.sendTime !== null) {
      // 24 bits of seconds, 18 of them behind the point.
      const ticks = Math.floor((sendTimeMs / 1000) * 2 ** 18) % 2 ** 24;
      view.setUint32(at, ((this.#ids.sendTime << 28) | (2 << 24) | ticks) >>> 0);
      at += 4;
    }
    if (this.#ids.playoutDelay !== null) {
      // Least and most delay, 12 bits each: show it at once.
      view.setUint32(at, ((this.#ids.playoutDelay << 28) | (2 << 24)) >>> 0);
      at += 4;
    }
    if (this.#ids.transportSequence !== null) {
      view.setUint8(at, (this.#ids.transportSequence << 4) | 1);
      view.setUint16(at + 1, transportSequence);
    }
  }
}
