import type { VideoCodec } from "../protocol/frame-header.ts";

/** Splits the encoded frames of one codec into RTP payloads. */
export interface RtpPayloader {
  /** Encoding name in SDP, upper case. */
  readonly encodingName: string;
  /** The payloads of a frame's packets, in order. All viewers share them: they are made once per frame, and are read-only. */
  payloads(frame: Uint8Array): readonly Uint8Array[];
}

/**
 * Maximum number of bytes of a frame in one packet. With headers, codec descriptor and tag the datagram has at most 1,200 bytes,
 * which fit into the MTU of VPNs and IPv6 tunnels.
 */
const MAX_FRAGMENT_BYTES = 1_140;
/** The shortest VP8 payload descriptor (RFC 7741, section 4.2): one byte. */
const VP8_DESCRIPTOR_BYTES = 1;
/** Bit S of the descriptor: start of a partition, and with partition number 0 that of a frame. */
const START_OF_PARTITION = 0x10;

const vp8Payloads = new WeakMap<Uint8Array, readonly Uint8Array[]>();

/** The RTP payload format of each video codec. SDP negotiation offers the one of the server's codec. */
export const PAYLOADERS: Record<VideoCodec, RtpPayloader> = {
  // RFC 7741.
  vp8: {
    encodingName: "VP8",
    payloads: (frame) => vp8Payloads.getOrInsertComputed(frame, () => fragmentsOf(frame).map(vp8Payload)),
  },
};

/** Splits a frame into fragments of nearly equal size, so that the last packet is not a small one. */
function fragmentsOf(frame: Uint8Array): Uint8Array[] {
  const count = Math.max(1, Math.ceil(frame.byteLength / MAX_FRAGMENT_BYTES));
  const size = Math.ceil(frame.byteLength / count);
  return Array.from({ length: count }, (_, i) => frame.subarray(i * size, (i + 1) * size));
}

function vp8Payload(fragment: Uint8Array, index: number): Uint8Array {
  const payload = new Uint8Array(VP8_DESCRIPTOR_BYTES + fragment.byteLength);
  payload[0] = index === 0 ? START_OF_PARTITION : 0;
  payload.set(fragment, VP8_DESCRIPTOR_BYTES);
  return payload;
}
