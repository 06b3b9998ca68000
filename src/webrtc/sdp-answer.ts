import {
  type PeerConfig,
  type RTCPeerConnection,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
  type RTCRtpTransceiver,
} from "werift";
import type { RtpPayloader } from "../rtp/payloaders.ts";
import { EXTENSION_URI, VIDEO_CLOCK_RATE } from "../rtp/rtp.ts";
import type { VideoParameters } from "../rtp/video-sender.ts";

const FEEDBACK = [
  { type: "nack" },
  { type: "nack", parameter: "pli" },
  { type: "ccm", parameter: "fir" },
  { type: "transport-cc" },
];

/** The codec and the RTP header extensions that an answer accepts, as werift's configuration. */
export function mediaCapabilities({
  encodingName,
}: RtpPayloader): Pick<PeerConfig, "codecs" | "headerExtensions"> {
  const codec = (name: string, rtcpFeedback: typeof FEEDBACK = []) =>
    new RTCRtpCodecParameters({ mimeType: `video/${name}`, clockRate: VIDEO_CLOCK_RATE, rtcpFeedback });
  return {
    codecs: { audio: [], video: [codec(encodingName, FEEDBACK), codec("rtx")] },
    headerExtensions: {
      audio: [],
      video: Object.values(EXTENSION_URI).map((uri) => new RTCRtpHeaderExtensionParameters({ uri })),
    },
  };
}

/**
 * Makes the answer DTLS-passive if the offer permits both roles: the peer's handshake then begins immediately, werift's own
 * 100 ms later.
 */
export function preferPassive(answer: string, offer: string): string {
  return /a=setup:actpass/.test(offer) ? answer.replaceAll("a=setup:active", "a=setup:passive") : answer;
}

/** Moves `a=ice-lite` to the session level (RFC 8839, section 5.3); werift writes it into media sections. */
export function moveIceLite(answer: string): string {
  return answer.replaceAll("a=ice-lite\r\n", "").replace("\r\nm=", "\r\na=ice-lite\r\nm=");
}

/** The negotiated parameters of the video. @throws Error if its codec was not negotiated */
export function videoParameters(
  payloader: RtpPayloader,
  { sender, codecs, headerExtensions }: RTCRtpTransceiver,
  { cname }: RTCPeerConnection,
): VideoParameters {
  const { encodingName } = payloader;
  const codec = codecs.find(({ name }) => name.toUpperCase() === encodingName);
  if (codec === undefined) throw new Error(`The offer has no ${encodingName}.`);
  const rtx = codecs.find(
    ({ name, parameters }) => name.toLowerCase() === "rtx" && parameters === `apt=${codec.payloadType}`,
  );
  const idOf = (uri: string) => headerExtensions.find((extension) => extension.uri === uri)?.id ?? null;
  return {
    payloader,
    ssrc: sender.ssrc,
    payloadType: codec.payloadType,
    rtx: rtx === undefined ? null : { ssrc: sender.rtxSsrc, payloadType: rtx.payloadType },
    extensions: {
      sendTime: idOf(EXTENSION_URI.sendTime),
      transportSequence: idOf(EXTENSION_URI.transportSequence),
      playoutDelay: idOf(EXTENSION_URI.playoutDelay),
    },
    cname,
  };
}
