import { type RTCDataChannel, type RTCDtlsTransport, RTCPeerConnection } from "werift";
import type { RtpPayloader } from "../rtp/payloaders.ts";
import { SrtcpReceiver, SrtpSender } from "../rtp/srtp.ts";
import type { PacketTransport, VideoParameters } from "../rtp/video-sender.ts";
import { GATHERING_TIMEOUT_MS, type IceServer, withStun } from "./ice-server.ts";
import { InboundPacketFilter } from "./inbound-packet-filter.ts";
import { limitSctp } from "./sctp-limits.ts";
import { mediaCapabilities, moveIceLite, preferPassive, videoParameters } from "./sdp-answer.ts";
import {
  closeNotifyRecord,
  filterDatagrams,
  icePassword,
  ignoreSocketErrors,
  isSelected,
  limitGathering,
  onMediaDatagram,
  onSrtpKeys,
  pruneTransactionIds,
  sendDatagram,
  verifyRecord,
} from "./werift-internals.ts";

export interface PeerOptions {
  /** RTP payload format of the video, whose codec the answer offers. */
  payloader: RtpPayloader;
  /** IP addresses by which the peer can reach this machine. */
  addresses: readonly string[];
  /** Whether sockets are bound to these addresses only, and not to all of their family. */
  bindsAddresses: boolean;
  /** If empty, the peer is ICE-lite: it only answers checks, which is enough if this machine is directly reachable. */
  iceServers: readonly IceServer[];
  /** Called when packets can be sent to the peer. */
  onConnected: () => void;
  /** Called once, asynchronously, when the peer has disconnected or cannot be reached, and after {@link Peer.close}. */
  onClosed: () => void;
  /** Called for each compound RTCP packet. */
  onRtcp: (packet: Uint8Array) => void;
  /** Called when the peer opens a data channel. */
  onChannel: (channel: RTCDataChannel) => void;
}

/** A WebRTC peer. werift implements ICE, DTLS, SCTP and SDP; RTP and RTCP are this project's, with the keys of werift's DTLS. */
export class Peer implements PacketTransport {
  readonly #connection: RTCPeerConnection;
  readonly #options: PeerOptions;
  readonly #transceiver: ReturnType<RTCPeerConnection["addTransceiver"]>;
  #transport: RTCDtlsTransport | null = null;
  #srtp: SrtpSender | null = null;
  #srtcp: SrtcpReceiver | null = null;
  #open = true;
  /** When a datagram was last received from the peer, `performance.now()`. */
  lastReceivedAtMs: number = performance.now();
  #video: VideoParameters | null = null;

  private constructor(options: PeerOptions) {
    this.#options = options;
    const { addresses, bindsAddresses, iceServers } = options;
    const addressWith = (separator: "." | ":") => addresses.find((address) => address.includes(separator));
    const udp4 = addressWith(".");
    const udp6 = addressWith(":");
    this.#connection = new RTCPeerConnection({
      ...mediaCapabilities(options.payloader),
      // If undefined, werift would use a public STUN server.
      iceServers: withStun(iceServers),
      iceLite: iceServers.length === 0,
      iceUseIpv4: false,
      iceUseIpv6: false,
      iceAdditionalHostAddresses: [...addresses],
      ...(bindsAddresses && { iceInterfaceAddresses: { ...(udp4 && { udp4 }), ...(udp6 && { udp6 }) } }),
      iceFilterStunResponse: () => {
        this.lastReceivedAtMs = performance.now();
        if (this.#transport !== null) pruneTransactionIds(this.#transport);
        return true;
      },
      bundlePolicy: "max-bundle",
      maxMessageSize: 1 << 16,
    });
    this.#transceiver = this.#connection.addTransceiver("video", { direction: "sendonly" });
    this.#connection.connectionStateChange.subscribe((state) => {
      if (state === "failed" || state === "closed") this.close();
    });
    this.#connection.onDataChannel.subscribe((channel) => options.onChannel(channel));
  }

  /** Answers an SDP offer. @throws Error if the offer cannot be answered; the peer is closed then */
  static async answer(offer: string, options: PeerOptions): Promise<{ peer: Peer; answer: string }> {
    const peer = new Peer(options);
    try {
      return { peer, answer: await peer.#answer(offer) };
    } catch (error) {
      peer.close();
      throw error;
    }
  }

  /** @throws Error before the offer is answered */
  get video(): VideoParameters {
    if (this.#video === null) throw new Error("The offer is not answered yet.");
    return this.#video;
  }

  get isConnected(): boolean {
    return this.#srtp !== null && this.#open;
  }

  sendRtp(packet: Uint8Array, headerBytes: number): number {
    return this.#srtp === null ? 0 : this.#send(this.#srtp.protectRtp(packet, headerBytes));
  }

  sendRtcp(packet: Uint8Array): void {
    if (this.#srtp !== null) this.#send(this.#srtp.protectRtcp(packet));
  }

  /** Adds a trickled ICE candidate, an SDP line without "a=". A malformed one is ignored. */
  addCandidate(candidate: string): void {
    if (this.#open) this.#connection.addIceCandidate({ candidate, sdpMLineIndex: 0 }).catch(() => {});
  }

  /** Sends DTLS's close_notify, and closes sockets and timers. Idempotent. */
  close(): void {
    if (!this.#open) return;
    const goodbye = this.isConnected && this.#transport !== null && closeNotifyRecord(this.#transport);
    if (goodbye) this.#send(goodbye);
    this.#open = false;
    this.#srtp = null;
    this.#srtcp = null;
    // A socket that is closed immediately does not send its last datagram.
    setImmediate(() => this.#connection.close().catch(() => {}));
    queueMicrotask(() => this.#options.onClosed());
  }

  async #answer(offer: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: "offer", sdp: offer });
    const transport = this.#transceiver.dtlsTransport;
    if (transport === undefined) throw new Error("The offer has no transport for the video.");
    this.#setTransport(transport);
    const { sctp } = this.#connection;
    if (sctp !== null) limitSctp(sctp, () => this.close());
    const answer = await this.#connection.createAnswer();
    await this.#connection.setLocalDescription({ type: "answer", sdp: preferPassive(answer.sdp, offer) });
    const { localDescription } = this.#connection;
    if (localDescription === null) throw new Error("werift made no answer.");
    this.#video = videoParameters(this.#options.payloader, this.#transceiver, this.#connection);
    ignoreSocketErrors(transport);
    const { sdp } = localDescription;
    return this.#options.iceServers.length === 0 ? moveIceLite(sdp) : sdp;
  }

  #setTransport(transport: RTCDtlsTransport): void {
    this.#transport = transport;
    const filter = new InboundPacketFilter({
      icePassword: () => icePassword(transport),
      isSelected: (address) => isSelected(transport, address),
      isSecure: () => transport.dtls?.connected === true,
      verify: (record) => verifyRecord(transport, record),
      onCloseNotify: () => this.close(),
    });
    filterDatagrams(transport, (datagram, from) => filter.filter(datagram, from));
    if (this.#options.iceServers.length > 0) {
      limitGathering(transport, GATHERING_TIMEOUT_MS, () => !this.#open);
    }
    transport.onStateChange.subscribe((state) => {
      if (state === "failed" || state === "closed") this.close();
    });
    onSrtpKeys(transport, (profile, local, remote) => {
      if (!this.#open) return;
      this.#srtp = new SrtpSender(profile, local);
      this.#srtcp = new SrtcpReceiver(profile, remote);
      onMediaDatagram(transport, (datagram) => this.#receive(datagram));
      // werift's state is "connected" when this has returned.
      queueMicrotask(() => {
        if (this.#open) this.#options.onConnected();
      });
    });
  }

  #receive(datagram: Uint8Array): void {
    this.lastReceivedAtMs = performance.now();
    // RTP and RTCP begin with 128 to 191 (RFC 7983), and RTCP's second byte is 192 to 223 (RFC 5761).
    const [first = 0, second = 0] = datagram;
    if (first < 128 || first > 191 || second < 192 || second > 223) return;
    const packet = this.#srtcp?.unprotect(datagram);
    if (packet) this.#options.onRtcp(packet);
  }

  #send(datagram: Buffer): number {
    if (this.#transport === null || !this.#open) return 0;
    sendDatagram(this.#transport, datagram);
    return datagram.byteLength;
  }
}
