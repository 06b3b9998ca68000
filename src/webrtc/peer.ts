import type { EventEmitter } from "node:events";
import { getLogger } from "@logtape/logtape";
import {
  type Address,
  type Event,
  type RTCDataChannel,
  type RTCDtlsTransport,
  RTCPeerConnection,
  RTCRtpCodecParameters,
  RTCRtpHeaderExtensionParameters,
} from "werift";
import { CLOCK_RATE, EXTENSION_URI } from "../rtp/rtp.ts";
import { KEY_BYTES, SrtcpReader, type SrtpProfile, SrtpWriter, saltBytes } from "../rtp/srtp.ts";
import type { VideoParameters } from "../rtp/video-sender.ts";
import { closeNotify } from "./close-notify.ts";
import { GATHERING_MS, type IceServer, withStun } from "./ice-server.ts";
import { InboundPacketFilter } from "./inbound-packet-filter.ts";
import { releaseRelays } from "./relays.ts";
import { limitSctp } from "./sctp-limits.ts";

export interface PeerOptions {
  /** IP addresses that the peer may reach this machine by. */
  addresses: readonly string[];
  /** Whether sockets listen on these alone, and not on all of their family. */
  bindsAddresses: boolean;
  /** None: it only answers ICE's checks (ICE-lite), which is enough where the peer reaches this machine directly. */
  iceServers: readonly IceServer[];
  /** The peer may be sent to from now on. */
  onConnected: () => void;
  /** It has gone, or could never be reached. Called once, and never before the constructor's caller has the peer. */
  onClosed: () => void;
  /** A compound RTCP packet came. */
  onRtcp: (packet: Uint8Array) => void;
  /** The peer has opened a data channel. */
  onChannel: (channel: Channel) => void;
}

/** One data channel, both ways. */
export interface Channel {
  readonly label: string;
  readonly bufferedAmount: number;
  onMessage: (data: string | Uint8Array) => void;
  onClose: () => void;
  /** Sends it, or drops it where the peer does not take it. */
  send(text: string): void;
  close(): void;
}

const log = getLogger(["scenecast", "webrtc"]);

/** Maximum number of ICE transaction ids kept per candidate pair; werift detects repeated checks with them. */
const MAX_TRANSACTION_IDS = 100;

const FEEDBACK = [
  { type: "nack" },
  { type: "nack", parameter: "pli" },
  { type: "ccm", parameter: "fir" },
  { type: "transport-cc" },
];

/** ICE, DTLS, SCTP and SDP of one peer, by werift. RTP and RTCP are ours: it hands over the keys. */
export class Peer {
  readonly #connection: RTCPeerConnection;
  readonly #options: PeerOptions;
  readonly #transceiver: ReturnType<RTCPeerConnection["addTransceiver"]>;
  #transport: RTCDtlsTransport | null = null;
  #writer: SrtpWriter | null = null;
  #reader: SrtcpReader | null = null;
  #open = true;
  /** When anything came from the peer, `performance.now()`. */
  #heardAt = performance.now();
  #video: VideoParameters | null = null;

  private constructor(options: PeerOptions) {
    this.#options = options;
    const { addresses, bindsAddresses, iceServers } = options;
    const of = (family: "." | ":") => addresses.find((address) => address.includes(family));
    const udp4 = of(".");
    const udp6 = of(":");
    this.#connection = new RTCPeerConnection({
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
      // Without any it would ask a server in the internet.
      iceServers: withStun(iceServers),
      iceLite: iceServers.length === 0,
      iceUseIpv4: false,
      iceUseIpv6: false,
      iceAdditionalHostAddresses: [...addresses],
      ...(bindsAddresses && { iceInterfaceAddresses: { ...(udp4 && { udp4 }), ...(udp6 && { udp6 }) } }),
      iceFilterStunResponse: () => {
        this.#heardAt = performance.now();
        this.#pruneTransactionIds();
        return true;
      },
      bundlePolicy: "max-bundle",
      maxMessageSize: 1 << 16,
    });
    this.#transceiver = this.#connection.addTransceiver("video", { direction: "sendonly" });
    this.#connection.connectionStateChange.subscribe((state) => {
      if (state === "failed" || state === "closed") this.close();
    });
    this.#connection.onDataChannel.subscribe((channel) => options.onChannel(channelOf(channel)));
  }

  /** Answers an offer. @throws where it is not understood; nothing is left of the peer then */
  static async answer(offer: string, options: PeerOptions): Promise<{ peer: Peer; answer: string }> {
    const peer = new Peer(options);
    try {
      return { peer, answer: await peer.#answer(offer) };
    } catch (error) {
      peer.close();
      throw error;
    }
  }

  /** @throws before it has answered */
  get video(): VideoParameters {
    if (this.#video === null) throw new Error("The peer has not answered yet.");
    return this.#video;
  }

  get heardAt(): number {
    return this.#heardAt;
  }

  get isConnected(): boolean {
    return this.#writer !== null && this.#open;
  }

  /** @returns bytes of the datagram; 0 where it could not be sent */
  sendRtp(packet: Uint8Array, headerBytes: number): number {
    return this.#writer === null ? 0 : this.#send(this.#writer.rtp(packet, headerBytes));
  }

  sendRtcp(packet: Uint8Array): void {
    if (this.#writer !== null) this.#send(this.#writer.rtcp(packet));
  }

  /** A candidate that the offer did not have, as SDP has it without "a=". One that is none is left out. */
  addCandidate(candidate: string): void {
    if (this.#open) this.#connection.addIceCandidate({ candidate, sdpMLineIndex: 0 }).catch(() => {});
  }

  /** Says goodbye, and lets go of sockets and timers. Idempotent. */
  close(): void {
    if (!this.#open) return;
    const dtls = this.#transport?.dtls;
    if (this.isConnected && dtls !== undefined) this.#send(closeNotify(dtls));
    this.#open = false;
    this.#writer = null;
    this.#reader = null;
    // A socket that is closed at once sends nothing of what it was given last.
    setImmediate(() => void this.#letGo());
    queueMicrotask(() => this.#options.onClosed());
  }

  async #letGo(): Promise<void> {
    const ice = this.#transport?.iceTransport.connection;
    if (ice !== undefined) await releaseRelays(ice);
    await this.#connection.close().catch(() => {});
  }

  async #answer(offer: string): Promise<string> {
    await this.#connection.setRemoteDescription({ type: "offer", sdp: offer });
    const transport = this.#transceiver.dtlsTransport;
    if (transport === undefined) throw new Error("The offer has no transport for the video.");
    this.#takeTransport(transport);
    const { sctp } = this.#connection;
    if (sctp !== null) limitSctp(sctp, () => this.close());
    const answer = await this.#connection.createAnswer();
    // Passive where it is ours to choose: the peer's handshake begins at once, werift's own 100 ms later.
    const sdp = /a=setup:actpass/.test(offer)
      ? answer.sdp.replaceAll("a=setup:active", "a=setup:passive")
      : answer.sdp;
    await this.#connection.setLocalDescription({ type: "answer", sdp });
    const { localDescription } = this.#connection;
    if (localDescription === null) throw new Error("There is no answer.");
    this.#video = this.#parameters();
    for (const socket of socketsOf(transport)) socket.on("error", ignore);
    // Its place is before the media (RFC 8839, section 5.3), where werift does not put it.
    return this.#options.iceServers.length === 0
      ? localDescription.sdp.replaceAll("a=ice-lite\r\n", "").replace("\r\nm=", "\r\na=ice-lite\r\nm=")
      : localDescription.sdp;
  }

  #takeTransport(transport: RTCDtlsTransport): void {
    this.#transport = transport;
    this.#guard(transport);
    if (this.#options.iceServers.length > 0) this.#limitGathering(transport);
    transport.onStateChange.subscribe((state) => {
      if (state === "failed" || state === "closed") this.close();
    });
    transport.startSrtp = () => {
      const profile = transport.dtls?.srtp.srtpProfile as SrtpProfile | undefined;
      if (transport.dtls === undefined || profile === undefined || !this.#open) return;
      const keys = transport.dtls.extractSessionKeys(KEY_BYTES, saltBytes(profile));
      this.#writer = new SrtpWriter(profile, { key: keys.localKey, salt: keys.localSalt });
      this.#reader = new SrtcpReader(profile, { key: keys.remoteKey, salt: keys.remoteSalt });
      transport.iceTransport.connection.onData.subscribe((data) => this.#receive(data));
      // werift says that it is connected when this has returned.
      queueMicrotask(() => {
        if (this.#open) this.#options.onConnected();
      });
    };
  }

  /** Has werift see what is the peer's alone, whatever it comes by. */
  #guard(transport: RTCDtlsTransport): void {
    const { connection } = transport.iceTransport;
    const gate = new InboundPacketFilter({
      icePassword: () => connection.localPassword,
      isSelected: ([host, port]) => {
        const selected = connection.nominated?.remoteAddr;
        return selected?.[0] === host && selected[1] === port;
      },
      isSecure: () => transport.dtls?.connected === true,
      decrypt: ({ header, fragment }) => {
        if (transport.dtls === undefined) throw new Error("There are no keys yet.");
        transport.dtls.cipher.cipher.decrypt(transport.dtls.sessionType, fragment, header);
      },
      onGoodbye: () => this.close(),
    });
    const guarded = (take: Take): Take => {
      return (datagram, from) => {
        try {
          for (const part of gate.filter(datagram, from)) take(part, from);
        } catch (error) {
          log.debug`A datagram could not be handled: ${error}`;
        }
      };
    };
    const inside = connection as unknown as IceInside;
    const ensure = inside.ensureProtocol.bind(connection);
    inside.ensureProtocol = (protocol) => {
      ensure(protocol);
      const { turn } = protocol;
      if (turn === undefined) protocol.datagramReceived = guarded(protocol.datagramReceived.bind(protocol));
      else {
        turn.onData.execute = guarded(turn.onData.execute);
        // Also of a relay that comes after the answer.
        turn.transport.socket?.on("error", ignore);
      }
    };
  }

  /** Bounds a leak in werift, which keeps the id of every ICE check until the session ends: 35,000 a day from an honest peer. */
  #pruneTransactionIds(): void {
    for (const pair of this.#transport?.iceTransport.connection.checkList ?? []) {
      const { requestTransactionIds } = pair as unknown as { requestTransactionIds: Set<string> };
      if (requestTransactionIds.size >= MAX_TRANSACTION_IDS) requestTransactionIds.clear();
    }
  }

  /** werift waits up to 13 s for a server that does not answer, and begins nothing before that. */
  #limitGathering({ iceTransport: { connection } }: RTCDtlsTransport): void {
    const gather = connection.gatherCandidates.bind(connection);
    connection.gatherCandidates = async () => {
      const gathered = gather().then(async () => {
        if (this.#open) return;
        // What came after the end has sockets of its own.
        await releaseRelays(connection);
        await connection.close();
      });
      await Promise.race([gathered, Bun.sleep(GATHERING_MS)]);
    };
  }

  #receive(data: Uint8Array): void {
    this.#heardAt = performance.now();
    // RTP and RTCP begin with 128 to 191 (RFC 7983), and RTCP's second byte is 192 to 223 (RFC 5761).
    const [first = 0, second = 0] = data;
    if (first < 128 || first > 191 || second < 192 || second > 223) return;
    const packet = this.#reader?.rtcp(data);
    if (packet) this.#options.onRtcp(packet);
  }

  #send(datagram: Buffer): number {
    const transport = this.#transport;
    if (transport === null || !this.#open) return 0;
    transport.iceTransport.connection.send(datagram).catch(() => {});
    return datagram.byteLength;
  }

  #parameters(): VideoParameters {
    const { sender } = this.#transceiver;
    const codecs = this.#transceiver.codecs;
    const vp8 = codecs.find(({ name }) => name.toLowerCase() === "vp8");
    if (vp8 === undefined) throw new Error("The offer has no VP8.");
    const rtx = codecs.find(
      ({ name, parameters }) => name.toLowerCase() === "rtx" && parameters === `apt=${vp8.payloadType}`,
    );
    const ids = this.#transceiver.headerExtensions;
    const idOf = (uri: string) => ids.find((extension) => extension.uri === uri)?.id ?? null;
    return {
      ssrc: sender.ssrc,
      payloadType: vp8.payloadType,
      rtx: rtx === undefined ? null : { ssrc: sender.rtxSsrc, payloadType: rtx.payloadType },
      extensions: {
        sendTime: idOf(EXTENSION_URI.sendTime),
        transportSequence: idOf(EXTENSION_URI.transportSequence),
        playoutDelay: idOf(EXTENSION_URI.playoutDelay),
      },
      cname: this.#connection.cname,
    };
  }
}

type Take = (datagram: Buffer, from: Address) => void;

/** What werift's types of ICE keep to themselves: its sockets, or a TURN server's relay, and what prepares each. */
interface IceInside {
  protocols: Protocol[];
  ensureProtocol: (protocol: Protocol) => void;
}
interface Protocol {
  transport?: { socket?: EventEmitter };
  turn?: { transport: { socket?: EventEmitter }; onData: Event<[Buffer, Address]> };
  datagramReceived: Take;
}

/** Of this machine's own addresses: those are there when the offer is answered. */
function socketsOf(transport: RTCDtlsTransport): EventEmitter[] {
  const { protocols } = transport.iceTransport.connection as unknown as IceInside;
  return protocols.flatMap(({ transport, turn }) => (turn === undefined && transport?.socket) || []);
}

/**
 * werift leaves the errors of its sockets to nobody, and one that nobody hears ends the process. They tell nothing of the peer:
 * Bun 1.4.5 keeps to itself that its port is closed (ICMP).
 */
function ignore(): void {}

function channelOf(channel: RTCDataChannel): Channel {
  const made: Channel = {
    label: channel.label,
    get bufferedAmount() {
      return channel.bufferedAmount;
    },
    onMessage: () => {},
    onClose: () => {},
    send(text) {
      try {
        channel.send(text);
      } catch {
        // The peer takes no messages of this length, or the channel closes.
      }
    },
    close: () => channel.close(),
  };
  channel.onMessage.subscribe((data) => made.onMessage(data));
  channel.stateChanged.subscribe((state) => {
    if (state === "closed") made.onClose();
  });
  return made;
}
