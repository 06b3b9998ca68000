import { getLogger } from "@logtape/logtape";
import { PAYLOADERS } from "../../rtp/payloaders.ts";
import { checkOffer, notAnsweredInTime, notUnderstood, type OfferRefusal } from "../../webrtc/sdp-offer.ts";
import type { Hub } from "../hub.ts";
import { type Offer, WebRtcSession } from "./webrtc-session.ts";

const log = getLogger(["scenecast", "webrtc"]);

/** A session must connect within this time after its offer, ms: longer than ICE and DTLS need on a bad link. */
const CONNECT_TIMEOUT_MS = 15_000;
/** A peer from which nothing is received for this time is disconnected, ms: peers send reports every second. */
const SILENCE_TIMEOUT_MS = 15_000;
const TICK_MS = 1_000;
/** Maximum number of sessions that are not connected yet; each has sockets. */
const MAX_PENDING = 64;

/** All WebRTC sessions of one server, with their limits and timeouts. */
export class WebRtcSessions {
  readonly #hub: Hub;
  readonly #connectTimeoutMs: number;
  readonly #silenceTimeoutMs: number;
  readonly #sessions = new Map<string, WebRtcSession>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(hub: Hub, connectTimeoutMs = CONNECT_TIMEOUT_MS, silenceTimeoutMs = SILENCE_TIMEOUT_MS) {
    this.#hub = hub;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#silenceTimeoutMs = silenceTimeoutMs;
  }

  get(id: string): WebRtcSession | undefined {
    return this.#sessions.get(id);
  }

  /**
   * Returns whether one more session of this address may be pending. If there are too many, ends the oldest one of the address with
   * the most pending sessions, so that a flood of offers shuts out only its own address.
   */
  makeRoomFor(address: string | null): boolean {
    const { pending } = this;
    if (pending.length < MAX_PENDING) return true;
    const byAddress = Map.groupBy(pending, (session) => session.offer.address);
    const [largest = []] = [...byAddress.values()].toSorted((a, b) => b.length - a.length);
    const [oldest] = largest;
    if (oldest === undefined || (byAddress.get(address)?.length ?? 0) + 1 >= largest.length) return false;
    oldest.end();
    return true;
  }

  /** Answers an offer. Ends older sessions of the same viewer that have not connected. */
  async answer(offer: Offer): Promise<{ id: string; sdp: string } | OfferRefusal> {
    const isIceLite = this.#hub.iceServers.length === 0;
    const checked = checkOffer(offer.sdp, this.#encodingName, isIceLite);
    if ("status" in checked) {
      offer.onClosed();
      return checked;
    }
    for (const session of this.#sessions.values()) {
      if (session.offer.viewer === offer.viewer && !session.isConnected) session.end();
    }
    const session = new WebRtcSession(this.#hub, {
      ...offer,
      sdp: checked.sdp,
      onClosed: () => {
        this.#remove(session);
        offer.onClosed();
      },
    });
    this.#sessions.set(session.id, session);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
    return this.#answerInTime(session);
  }

  async #answerInTime(session: WebRtcSession): Promise<{ id: string; sdp: string } | OfferRefusal> {
    const timeout = Promise.withResolvers<null>();
    const timer = setTimeout(() => timeout.resolve(null), this.#connectTimeoutMs);
    const answering = session.answer();
    try {
      const sdp = await Promise.race([answering, timeout.promise]);
      if (sdp !== null) return { id: session.id, sdp };
      log.warning`An offer was not answered within ${this.#connectTimeoutMs} ms: the address of --host or of an ICE server was not resolved in time.`;
      // Its peer is closed when it is created.
      session.end();
      session.close();
      answering.catch((error) => log.debug`An offer could not be answered: ${error}`);
      return notAnsweredInTime();
    } catch (error) {
      log.debug`An offer could not be answered: ${error}`;
      return notUnderstood(this.#encodingName);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    for (const session of this.#sessions.values()) session.end();
  }

  get #encodingName(): string {
    return PAYLOADERS[this.#hub.rtcVideo.codec].encodingName;
  }

  /** The sessions that are not connected yet, oldest first. */
  get pending(): WebRtcSession[] {
    return [...this.#sessions.values()].filter((session) => session.isPending);
  }

  #remove({ id }: WebRtcSession): void {
    this.#sessions.delete(id);
    if (this.#sessions.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    for (const session of this.#sessions.values()) {
      session.endIfTimedOut(this.#connectTimeoutMs, this.#silenceTimeoutMs);
    }
  }
}
