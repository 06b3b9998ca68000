import type { Role } from "../../protocol/role.ts";
import { PAYLOADERS } from "../../rtp/payloaders.ts";
import type { Peer } from "../../webrtc/peer.ts";
import { isUsableCandidate, MAX_CANDIDATES } from "../../webrtc/sdp-offer.ts";
import type { Hub } from "../hub.ts";
import { hostAddresses } from "./host-addresses.ts";
import { InputChannels } from "./input-channels.ts";
import { type StreamCallbacks, WebRtcStream } from "./webrtc-stream.ts";
import { type TrickleFragment, usernameFragmentOf } from "./whep.ts";

/** An admitted offer. `onClosed` is called also if its session could not be established. */
export interface Offer extends StreamCallbacks {
  sdp: string;
  /** The viewer's id. */
  viewer: string;
  role: Role;
  /** The client's address for limits per address; null: this machine. */
  address: string | null;
}

/** One WebRTC session, from its offer until the peer has disconnected: its peer, video stream and data channels. */
export class WebRtcSession {
  readonly id: string = crypto.randomUUID();
  readonly #hub: Hub;
  readonly offer: Offer;
  readonly #channels: InputChannels;
  readonly #usernameFragment: string | null;
  readonly #createdAtMs = performance.now();
  /** Number of trickled candidates. */
  #candidates = 0;
  /** Null until the offer is answered. */
  #peer: Peer | null = null;
  #stream: WebRtcStream | null = null;
  #isEnding = false;
  #isClosed = false;

  constructor(hub: Hub, offer: Offer) {
    this.#hub = hub;
    this.offer = offer;
    this.#usernameFragment = usernameFragmentOf(offer.sdp.split("\r\n"));
    this.#channels = new InputChannels(hub, offer.viewer, offer.role, () => this.#stream?.close());
  }

  get isConnected(): boolean {
    return this.#stream !== null;
  }

  /** Whether it is not connected yet and not ending. */
  get isPending(): boolean {
    return this.#stream === null && !this.#isEnding;
  }

  /** Creates the peer. @returns the SDP answer. @throws Error if the offer cannot be answered; the session is closed then */
  async answer(): Promise<string> {
    const { host, iceServers, rtcVideo } = this.#hub;
    try {
      const [{ Peer }, addresses] = await Promise.all([loadPeer(), hostAddresses(host)]);
      const { peer, answer } = await Peer.answer(this.offer.sdp, {
        ...{ ...addresses, iceServers, payloader: PAYLOADERS[rtcVideo.codec] },
        onConnected: () => this.#startStream(),
        onClosed: () => this.close(),
        onRtcp: (packet) => this.#stream?.receive(packet),
        onChannel: (channel) => this.#channels.add(channel),
      });
      this.#peer = peer;
      if (this.#isEnding) peer.close();
      return answer;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Adds trickled candidates; returns false if they belong to another ICE session than the offer's. An ICE-lite server ignores
   * them, because the peer sends the checks.
   */
  addCandidates({ usernameFragment, candidates }: TrickleFragment): boolean {
    if (this.#usernameFragment !== usernameFragment) return false;
    if (this.#hub.iceServers.length === 0) return true;
    for (const candidate of candidates.filter((each) => isUsableCandidate(`a=${each}`))) {
      if (this.#candidates++ < MAX_CANDIDATES) this.#peer?.addCandidate(candidate);
    }
    return true;
  }

  /** Ends the session if it did not connect within `connectMs`, or if nothing was received for `silenceMs`. */
  endIfTimedOut(connectMs: number, silenceMs: number): void {
    if (this.#peer === null) return;
    const now = performance.now();
    const isTimedOut =
      this.#stream === null
        ? now - this.#createdAtMs > connectMs
        : now - this.#peer.lastReceivedAtMs > silenceMs;
    if (isTimedOut) this.#peer.close();
  }

  /** Disconnects the peer, immediately or when it has been created; then the session closes. */
  end(): void {
    this.#isEnding = true;
    this.#peer?.close();
  }

  /** Releases the resources of the session except for its peer. Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#isEnding = true;
    this.#stream?.close();
    this.#channels.close();
    if (this.#stream !== null) this.#hub.viewers.removeStream(this.offer.viewer, this.#stream);
    this.offer.onClosed();
  }

  #startStream(): void {
    const peer = this.#peer;
    if (peer === null || !peer.isConnected) return;
    this.#stream = new WebRtcStream(peer, this.#hub.rtcVideo, {
      onSent: this.offer.onSent,
      onClosed: () => peer.close(),
    });
    this.#hub.viewers.addStream(this.offer.viewer, this.#stream);
  }
}

let peerModule: Promise<typeof import("../../webrtc/peer.ts")> | undefined;

/** Loads werift with the first offer, because loading needs 20 ms. It requires the reflect-metadata polyfill. */
function loadPeer(): Promise<typeof import("../../webrtc/peer.ts")> {
  peerModule ??= import("reflect-metadata").then(() => import("../../webrtc/peer.ts"));
  return peerModule;
}
