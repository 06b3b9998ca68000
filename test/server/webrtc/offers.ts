import type { EventEmitter } from "node:events";
import { MediaStreamTrack, RTCPeerConnection, RTCRtpCodecParameters, type RTCRtpTransceiver } from "werift";

/** What an offer can be made with; VP8 where nothing is said. */
export interface OfferOptions {
  codecs?: readonly ("VP8" | "H264")[];
  direction?: RTCRtpTransceiver["direction"];
}

/** A peer of another make, which has offered and waits for the answer. */
export async function offering(
  options: OfferOptions = {},
): Promise<{ peer: RTCPeerConnection; sdp: string }> {
  const { codecs = ["VP8"], direction = "recvonly" } = options;
  const peer = new RTCPeerConnection({
    ...{ iceServers: [], iceUseIpv4: false, iceUseIpv6: false, iceAdditionalHostAddresses: ["127.0.0.1"] },
    codecs: {
      video: codecs.map(
        (name) => new RTCRtpCodecParameters({ mimeType: `video/${name}`, clockRate: 90_000 }),
      ),
    },
  });
  if (direction === "sendonly") peer.addTransceiver(new MediaStreamTrack({ kind: "video" }), { direction });
  else peer.addTransceiver("video", { direction });
  peer.createDataChannel("events");
  await peer.setLocalDescription(await peer.createOffer());
  // Its sockets' errors are nobody's: a server that has closed its own is told of by one.
  for (const { connection } of peer.iceTransports) {
    const { protocols } = connection as unknown as { protocols: { transport: { socket: EventEmitter } }[] };
    for (const { transport } of protocols) transport.socket.on("error", () => {});
  }
  return { peer, sdp: peer.localDescription?.sdp ?? "" };
}

/** The text of such an offer; its maker is gone. */
export async function offerText(options: OfferOptions = {}): Promise<string> {
  const { peer, sdp } = await offering(options);
  await peer.close();
  return sdp;
}
