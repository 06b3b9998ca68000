/** Splits the encoded frames of one codec into RTP payloads. One implementation per codec; payloaders.ts lists them. */
export interface RtpPayloader {
  /** Encoding name in SDP, upper case. */
  readonly encodingName: string;
  /** Ticks per second of the RTP clock. */
  readonly clockRate: number;
  /** The payloads of a frame's packets, in order. All viewers share them: they are made once per frame, and are read-only. */
  payloads(frame: Uint8Array): readonly Uint8Array[];
}

/**
 * Maximum number of bytes of a frame in one packet. With headers, codec descriptor and tag the datagram has at most 1,200 bytes,
 * which fit into the MTU of VPNs and IPv6 tunnels.
 */
const MAX_FRAGMENT_BYTES = 1_140;

/** Splits a frame into fragments of nearly equal size, so that the last packet is not a small one. */
export function fragmentsOf(frame: Uint8Array): Uint8Array[] {
  const count = Math.max(1, Math.ceil(frame.byteLength / MAX_FRAGMENT_BYTES));
  const size = Math.ceil(frame.byteLength / count);
  return Array.from({ length: count }, (_, i) => frame.subarray(i * size, (i + 1) * size));
}

/** Caches the payloads of each frame as long as the frame exists. */
export function cachePayloads(
  makePayloads: (frame: Uint8Array) => readonly Uint8Array[],
): RtpPayloader["payloads"] {
  const cache = new WeakMap<Uint8Array, readonly Uint8Array[]>();
  return (frame) => {
    let payloads = cache.get(frame);
    if (payloads === undefined) {
      payloads = makePayloads(frame);
      cache.set(frame, payloads);
    }
    return payloads;
  };
}
