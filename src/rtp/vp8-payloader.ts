import { VIDEO_CLOCK_RATE } from "./rtp.ts";
import { cachePayloads, fragmentsOf, type RtpPayloader } from "./rtp-payloader.ts";

/** The shortest VP8 payload descriptor (RFC 7741, section 4.2): one byte. */
const DESCRIPTOR_BYTES = 1;
/** Bit S of the descriptor: start of a partition, and with partition number 0 that of a frame. */
const START_OF_PARTITION = 0x10;

/** RTP payload format for VP8 (RFC 7741). */
export const vp8Payloader: RtpPayloader = {
  encodingName: "VP8",
  clockRate: VIDEO_CLOCK_RATE,
  payloads: cachePayloads((frame) =>
    fragmentsOf(frame).map((fragment, i) => {
      const payload = new Uint8Array(DESCRIPTOR_BYTES + fragment.byteLength);
      payload[0] = i === 0 ? START_OF_PARTITION : 0;
      payload.set(fragment, DESCRIPTOR_BYTES);
      return payload;
    }),
  ),
};
