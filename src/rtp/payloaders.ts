import type { VideoCodec } from "../protocol/frame-header.ts";
import type { RtpPayloader } from "./rtp-payloader.ts";
import { vp8Payloader } from "./vp8-payloader.ts";

/** The RTP payload format of each video codec. SDP negotiation offers the one of the server's codec. */
export const PAYLOADERS: Record<VideoCodec, RtpPayloader> = { vp8: vp8Payloader };
