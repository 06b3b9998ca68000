import {
  type RTCPeerConnection,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  type RTCRtpTransceiver,
} from "werift";
import { CLOCK_RATE, EXTENSION_URI } from "../rtp/rtp.ts";
import type { VideoParameters } from "../rtp/video-sender.ts";

const FEEDBACK = [
  { type: "nack" },
  { type: "nack", parameter: "pli" },
  { type: "ccm", parameter: "fir" },
  { type: "transport-cc" },
];

/** The codecs and RTP header extensions that an answer accepts, as werift's configuration. */
export const MEDIA_CAPABILITIES = {
  codecs: {
    audio: [],
    video: [
      new RTCRtpCodecParameters({ mimeType: "video/VP8", clockRate: CLOCK_RATE, rtcpFeedback: FEEDBACK }),
      new RTCRtpCodecParameters({ mimeType: "video/rtx", clockRate: CLOCK_RATE }),
    ],
  },
  headerExtensions: {
    audio: [],
    video: Object.values(EXTENSION_URI).map((uri) => new RTCRtpHeaderExtensionParameters({ uri })),
  },
};

/**
 * Makes the answer DTLS-passive where the offer leaves the choice: the peer's handshake then begins immediately, werift's own
 * 100 ms later.
 */
export function preferPassive(answer: string, offer: string): string {
  return /a=setup:actpass/.test(offer) ? answer.replaceAll("a=setup:active", "a=setup:passive") : answer;
}

/** Moves `a=ice-lite` to the session level (RFC 8839, section 5.3), where werift does not put it. */
export function moveIceLite(answer: string): string {
  return answer.replaceAll("a=ice-lite\r\n", "").replace("\r\nm=", "\r\na=ice-lite\r\nm=");
}

/** The negotiated parameters of the video. @throws Error if VP8 was not negotiated */
export function videoParameters(
  { sender, codecs, headerExtensions }: RTCRtpTransceiver,
  { cname }: RTCPeerConnection,
): VideoParameters {
  const vp8 = codecs.find(({ name }) => name.toLowerCase() === "vp8");
  if (vp8 === undefined) throw new Error("The offer has no VP8.");
  const rtx = codecs.find(
    ({ name, parameters }) => name.toLowerCase() === "rtx" && parameters === `apt=${vp8.payloadType}`,
  );
  const idOf = (uri: string) => headerExtensions.find((extension) => extension.uri === uri)?.id ?? null;
  return {
    ssrc: sender.ssrc,
    payloadType: vp8.payloadType,
    rtx: rtx === undefined ? null : { ssrc: sender.rtxSsrc, payloadType: rtx.payloadType },
    extensions: {
      sendTime: idOf(EXTENSION_URI.sendTime),
      transportSequence: idOf(EXTENSION_URI.transportSequence),
      playoutDelay: idOf(EXTENSION_URI.playoutDelay),
    },
    cname,
  };
}
