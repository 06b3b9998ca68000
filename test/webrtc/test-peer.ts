import type { EventEmitter } from "node:events";
import {
  MediaStreamTrack,
  type RTCDtlsTransport,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  type RTCRtpTransceiver,
} from "werift";
import { PAYLOADERS } from "../../src/rtp/payloaders.ts";
import { Peer, type PeerOptions } from "../../src/webrtc/peer.ts";

export interface OfferOptions {
  /** Default VP8. */
  codecs?: readonly ("VP8" | "H264")[];
  /** Default "recvonly". */
  direction?: RTCRtpTransceiver["direction"];
}

/** Creates a werift peer on 127.0.0.1 with a local offer that awaits its answer. */
export async function createOffer(
  options: OfferOptions = {},
): Promise<{ peer: RTCPeerConnection; sdp: string }> {
  const { codecs = ["VP8"], direction = "recvonly" } = options;
  const peer = new RTCPeerConnection({
    ...{ iceServers: [], iceUseIpv4: false, iceUseIpv6: false, iceAdditionalHostAddresses: ["127.0.0.1"] },
    iceInterfaceAddresses: { udp4: "127.0.0.1" },
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
  // Ignores the ICMP errors of its sockets after the server has closed its own.
  for (const { connection } of peer.iceTransports) {
    const { protocols } = connection as unknown as { protocols: { transport: { socket: EventEmitter } }[] };
    for (const { transport } of protocols) transport.socket.on("error", () => {});
  }
  return { peer, sdp: peer.localDescription?.sdp ?? "" };
}

/** Answers an offer by a {@link Peer} on 127.0.0.1. */
export function answerLocally(
  offer: string,
  options: Partial<PeerOptions> = {},
): ReturnType<typeof Peer.answer> {
  const ignore = () => {};
  return Peer.answer(offer, {
    ...{ addresses: ["127.0.0.1"], bindsAddresses: true, iceServers: [], payloader: PAYLOADERS.vp8 },
    ...{ onConnected: ignore, onClosed: ignore, onRtcp: ignore, onChannel: ignore, ...options },
  });
}

/** The SDP of an offer whose peer is closed already. */
export async function offerSdp(options: OfferOptions = {}): Promise<string> {
  const { peer, sdp } = await createOffer(options);
  await peer.close();
  return sdp;
}

/** A connected werift peer. */
export interface ConnectedPeer {
  peer: RTCPeerConnection;
  dtls: RTCDtlsTransport;
  /** The server's port. */
  port: number;
  /** Sends a datagram from the socket of the connection. */
  send(datagram: Buffer): void;
  /** Closes the sockets without a close_notify. */
  closeSockets(): Promise<void>;
}

/** Connects a werift peer: `answer` answers its offer, which `change` can modify before. Waits for DTLS. */
export async function connectPeer(
  answer: (sdp: string) => Promise<string>,
  change: (sdp: string) => string = (sdp) => sdp,
): Promise<ConnectedPeer> {
  const { peer, sdp } = await createOffer();
  const answered = await answer(change(sdp));
  const connected = Promise.withResolvers<void>();
  peer.connectionStateChange.subscribe((state) => {
    if (state === "connected") connected.resolve();
    if (state === "failed" || state === "closed") connected.reject(new Error(`The peer is ${state}.`));
  });
  await peer.setRemoteDescription({ type: "answer", sdp: answered });
  await connected.promise;
  const [dtls] = peer.dtlsTransports;
  if (dtls === undefined) throw new Error("The peer has no transport.");
  return {
    ...{ peer, dtls, port: portOf(answered) },
    send: (datagram) => void dtls.iceTransport.connection.send(datagram).catch(() => {}),
    async closeSockets() {
      await dtls.iceTransport.connection.close();
      await peer.close();
    },
  };
}

/** The port of the candidate 127.0.0.1 in an answer. */
export function portOf(answer: string): number {
  return Number(/^a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+)/m.exec(answer)?.[1]);
}
