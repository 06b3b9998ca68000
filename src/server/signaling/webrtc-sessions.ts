import { getLogger } from "@logtape/logtape";
import type { EncodedVideoFrame } from "../../encode/encoded-video.ts";
import type { VideoBroadcast } from "../../encode/video-broadcast.ts";
import type { IceServer } from "../../webrtc/ice-server.ts";
import type { Channel, Peer } from "../../webrtc/peer.ts";
import {
  checkOffer,
  isOfUse,
  MOST_CANDIDATES,
  notAnsweredInTime,
  notUnderstood,
  type OfferRefusal,
} from "../../webrtc/sdp-offer.ts";
import { hostAddresses } from "./host-addresses.ts";
import { type TrickleFragment, usernameFragmentOf } from "./trickle.ts";
import { WebRtcStream } from "./webrtc-stream.ts";

const log = getLogger(["scenecast", "webrtc"]);

/** An answered offer whose peer has not come after so long is dropped, ms: longer than ICE and DTLS take on a bad line. */
const CONNECT_MS = 15_000;
/** So many may be answered and not connected at a time; each has sockets. */
const MOST_PENDING = 64;
/** A peer that says nothing for so long has gone, ms: reports come every second, and ICE's checks every few. */
const SILENCE_MS = 15_000;
const LOOK_EVERY_MS = 1_000;

export interface WebRtcSessionsOptions {
  /** As the server listens. */
  host: string;
  iceServers: readonly IceServer[];
  broadcast: VideoBroadcast;
  /** See CONNECT_MS. */
  connectMs?: number;
  /** See SILENCE_MS. */
  silenceMs?: number;
}

/** One offer, and who made it. */
export interface OfferCall {
  sdp: string;
  viewer: string;
  /** Whose it is where it comes to shares; null: this machine's own. */
  address: string | null;
  /** The peer is connected, and has pictures from now on. */
  onStream: (stream: WebRtcStream) => void;
  onSent: (frame: EncodedVideoFrame, rtpTimestamp: number) => void;
  onChannel: (channel: Channel) => void;
  /** Called once, when all of it is over: also where it never came up. */
  onClosed: (stream: WebRtcStream | null) => void;
}

/** One peer, from the answer to its offer until it has gone. */
interface Session {
  readonly viewer: string;
  readonly address: string | null;
  readonly since: number;
  /** The offer's. */
  readonly usernameFragment: string | null;
  /** How many came after the offer. */
  candidates: number;
  /** Null while it is being answered. */
  peer: Peer | null;
  stream: WebRtcStream | null;
  /** Whether it is to end as soon as there is a peer. */
  isDropped: boolean;
}

/** All WebRTC viewers of one server. The WebRTC library is loaded with the first offer. */
export class WebRtcSessions {
  readonly #options: WebRtcSessionsOptions;
  readonly #sessions = new Map<string, Session>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(options: WebRtcSessionsOptions) {
    this.#options = options;
  }

  /** Warns of ICE servers that give nothing. */
  async checkIceServers(): Promise<void> {
    const { iceServers, host } = this.#options;
    if (iceServers.length === 0) return;
    await import("reflect-metadata");
    await (await import("./ice-server-check.ts")).checkIceServers(iceServers, host);
  }

  get iceServers(): readonly IceServer[] {
    return this.#options.iceServers;
  }

  /** Answered, or being answered, and not connected. */
  get pending(): number {
    return this.#pending().length;
  }

  /**
   * Whether one more of this address may wait for its peer. Where no place is left, the oldest of the address that has most of
   * them makes room: a flood of offers keeps nobody out but its own address.
   */
  mayTakeMore(address: string | null): boolean {
    const pending = this.#pending();
    if (pending.length < MOST_PENDING) return true;
    const byAddress = new Map<string | null, string[]>();
    for (const [id, session] of pending) {
      const ids = byAddress.get(session.address);
      if (ids === undefined) byAddress.set(session.address, [id]);
      else ids.push(id);
    }
    const [most = []] = [...byAddress.values()].toSorted((a, b) => b.length - a.length);
    const [oldest] = most;
    if (oldest === undefined || (byAddress.get(address)?.length ?? 0) + 1 >= most.length) return false;
    this.end(oldest);
    return true;
  }

  /** Answers an offer. An older one of the same viewer that has not connected is dropped. */
  async answer(call: OfferCall): Promise<{ id: string; sdp: string } | OfferRefusal> {
    const offer = checkOffer(call.sdp, this.#options.iceServers.length === 0);
    if ("status" in offer) {
      call.onClosed(null);
      return offer;
    }
    for (const [id, { viewer, stream }] of this.#sessions) {
      if (viewer === call.viewer && stream === null) this.end(id);
    }
    const id = crypto.randomUUID();
    const session: Session = {
      viewer: call.viewer,
      address: call.address,
      since: performance.now(),
      usernameFragment: usernameFragmentOf(offer.sdp.split("\r\n")),
      candidates: 0,
      peer: null,
      stream: null,
      isDropped: false,
    };
    const closed = () => {
      if (!this.#sessions.delete(id)) return;
      session.stream?.close();
      call.onClosed(session.stream);
      if (this.#sessions.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
    this.#sessions.set(id, session);
    this.#timer ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    const { connectMs = CONNECT_MS } = this.#options;
    const late = Promise.withResolvers<null>();
    const deadline = setTimeout(() => late.resolve(null), connectMs);
    const answering = this.#makePeer(offer.sdp, session, call, closed);
    try {
      const answered = await Promise.race([answering, late.promise]);
      if (answered !== null) return { id, sdp: answered };
      log.warning`An offer was not answered within ${connectMs} ms: an address of --host or of an ICE server is looked up too slowly.`;
      // The late peer is closed when it is made, and does not count as a session until then.
      session.isDropped = true;
      answering.catch((error) => log.debug`An offer could not be answered: ${error}`);
      closed();
      return notAnsweredInTime();
    } catch (error) {
      log.debug`An offer could not be answered: ${error}`;
      closed();
      return notUnderstood();
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Creates the peer of a session. @returns the SDP answer */
  async #makePeer(sdp: string, session: Session, call: OfferCall, onClosed: () => void): Promise<string> {
    const [{ Peer }, where] = await Promise.all([loadPeer(), hostAddresses(this.#options.host)]);
    const { iceServers } = this.#options;
    const { peer, answer } = await Peer.answer(sdp, {
      ...{ ...where, iceServers },
      onConnected: () => this.#connected(session, call),
      onClosed,
      onRtcp: (packet) => session.stream?.receive(packet),
      onChannel: call.onChannel,
    });
    session.peer = peer;
    if (session.isDropped) peer.close();
    return answer;
  }

  has(id: string): boolean {
    return this.#sessions.has(id);
  }

  /**
   * Takes candidates of a peer that came after its offer; false where they are of another ICE session than the offer's.
   * ICE-lite checks none: whoever has them begins.
   */
  addCandidates(id: string, { usernameFragment, candidates }: TrickleFragment): boolean {
    const session = this.#sessions.get(id);
    if (session?.usernameFragment !== usernameFragment) return false;
    if (this.#options.iceServers.length === 0) return true;
    for (const candidate of candidates.filter((each) => isOfUse(`a=${each}`))) {
      if (session.candidates++ < MOST_CANDIDATES) session.peer?.addCandidate(candidate);
    }
    return true;
  }

  /** Ends a session; false where there is none of this id. */
  end(id: string): boolean {
    const session = this.#sessions.get(id);
    if (session === undefined) return false;
    session.isDropped = true;
    session.peer?.close();
    return true;
  }

  /** Ends all of them. */
  close(): void {
    for (const id of [...this.#sessions.keys()]) this.end(id);
  }

  /** In the order of their coming. */
  #pending(): [id: string, session: Session][] {
    return [...this.#sessions].filter(([, { stream, isDropped }]) => stream === null && !isDropped);
  }

  #connected(session: Session, call: OfferCall): void {
    const { peer } = session;
    if (peer === null || !peer.isConnected) return;
    const stream = new WebRtcStream({
      way: peer,
      video: peer.video,
      broadcast: this.#options.broadcast,
      onSent: call.onSent,
      onClosed: () => peer.close(),
    });
    session.stream = stream;
    call.onStream(stream);
  }

  /** Drops who never came, and who has gone without a word. */
  #look(): void {
    const now = performance.now();
    const { connectMs = CONNECT_MS, silenceMs = SILENCE_MS } = this.#options;
    for (const { peer, stream, since } of this.#sessions.values()) {
      if (peer === null) continue;
      const isOver = stream === null ? now - since > connectMs : now - peer.heardAt > silenceMs;
      if (isOver) peer.close();
    }
  }
}

let peerModule: Promise<typeof import("../../webrtc/peer.ts")> | undefined;

/** The library takes 20 ms to load, so it comes with the first offer. It needs the polyfill to be there before it. */
function loadPeer(): Promise<typeof import("../../webrtc/peer.ts")> {
  peerModule ??= import("reflect-metadata").then(() => import("../../webrtc/peer.ts"));
  return peerModule;
}
