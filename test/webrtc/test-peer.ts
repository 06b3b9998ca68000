import type { EventEmitter } from "node:events";
import {
  MediaStreamTrack,
  type RTCDtlsTransport,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  type RTCRtpTransceiver,
} from "werift";

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

/** A peer of another make that has joined, and by which address the server knows it. */
export interface Joined {
  peer: RTCPeerConnection;
  dtls: RTCDtlsTransport;
  /** The server's port. */
  port: number;
  /** Sends a datagram from the socket that it has joined by. */
  send(datagram: Buffer): void;
  /** Leaves without a word. */
  vanish(): Promise<void>;
}

/** Joins by an offer that `answer` answers; settles when its handshake is over. `change` changes the offer. */
export async function joined(
  answer: (sdp: string) => Promise<string>,
  change: (sdp: string) => string = (sdp) => sdp,
): Promise<Joined> {
  const { peer, sdp } = await offering();
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
    async vanish() {
      await dtls.iceTransport.connection.close();
      await peer.close();
    },
  };
}

/** The port that an answer names, on this machine. */
export function portOf(answer: string): number {
  return Number(/^a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+)/m.exec(answer)?.[1]);
}
