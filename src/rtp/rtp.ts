/** RTP packets (RFC 3550), retransmissions (RFC 4588), and one-byte header extensions (RFC 8285). */

/** Ticks per second of the RTP clock of all video codecs. */
export const VIDEO_CLOCK_RATE = 90_000;

const FIXED_HEADER_BYTES = 12;
/** Profile id and length in front of header extensions. */
const EXTENSION_HEADER_BYTES = 4;
/** Profile id of one-byte header extensions. */
const ONE_BYTE_EXTENSIONS = 0xbede;
/** Size of the original sequence number in front of a retransmitted payload (RFC 4588, section 4). */
const ORIGINAL_SEQUENCE_BYTES = 2;

/** URIs of the header extensions in SDP. */
export const EXTENSION_URI = {
  sendTime: "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
  transportSequence: "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  playoutDelay: "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
} as const;

/** The negotiated ids of the header extensions; null if the peer does not support one. */
export type ExtensionIds = Record<keyof typeof EXTENSION_URI, number | null>;

export interface RtpFields {
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  /** Whether this is the last packet of a frame. */
  marker: boolean;
  /** Transport-wide sequence number, 16 bits, counted over all packets to the peer. */
  transportSequence: number;
  /** Send time, ms of any clock. */
  sendTimeMs: number;
}

/** Writes packets with the negotiated header extensions. */
export class RtpWriter {
  readonly #ids: ExtensionIds;
  readonly headerBytes: number;

  constructor(ids: ExtensionIds) {
    this.#ids = ids;
    const { sendTime, transportSequence, playoutDelay } = ids;
    const extensions =
      (sendTime === null ? 0 : 4) + (transportSequence === null ? 0 : 3) + (playoutDelay === null ? 0 : 4);
    const padded = 4 * Math.ceil(extensions / 4);
    this.headerBytes = FIXED_HEADER_BYTES + (padded === 0 ? 0 : EXTENSION_HEADER_BYTES + padded);
  }

  /** @param original for a retransmission, the sequence number of the original packet */
  packet(fields: RtpFields, payload: Uint8Array, original?: number): Uint8Array {
    const start = this.headerBytes + (original === undefined ? 0 : ORIGINAL_SEQUENCE_BYTES);
    const packet = new Uint8Array(start + payload.byteLength);
    const view = new DataView(packet.buffer);
    const hasExtensions = this.headerBytes > FIXED_HEADER_BYTES;
    view.setUint8(0, hasExtensions ? 0x90 : 0x80);
    view.setUint8(1, (fields.marker ? 0x80 : 0) | fields.payloadType);
    view.setUint16(2, fields.sequence);
    view.setUint32(4, fields.timestamp);
    view.setUint32(8, fields.ssrc);
    if (hasExtensions) this.#writeExtensions(view, fields);
    if (original !== undefined) view.setUint16(this.headerBytes, original);
    packet.set(payload, start);
    return packet;
  }

  #writeExtensions(view: DataView, { sendTimeMs, transportSequence }: RtpFields): void {
    let at = FIXED_HEADER_BYTES + EXTENSION_HEADER_BYTES;
    view.setUint16(FIXED_HEADER_BYTES, ONE_BYTE_EXTENSIONS);
    view.setUint16(FIXED_HEADER_BYTES + 2, (this.headerBytes - at) / 4);
    if (this.#ids.sendTime !== null) {
      // Seconds in 24 bits, 18 of them fractional.
      const ticks = Math.floor((sendTimeMs / 1000) * 2 ** 18) % 2 ** 24;
      view.setUint32(at, ((this.#ids.sendTime << 28) | (2 << 24) | ticks) >>> 0);
      at += 4;
    }
    if (this.#ids.playoutDelay !== null) {
      // Minimum and maximum delay, 12 bits each: 0 asks the peer to show frames immediately.
      view.setUint32(at, ((this.#ids.playoutDelay << 28) | (2 << 24)) >>> 0);
      at += 4;
    }
    if (this.#ids.transportSequence !== null) {
      view.setUint8(at, (this.#ids.transportSequence << 4) | 1);
      view.setUint16(at + 1, transportSequence);
    }
  }
}
