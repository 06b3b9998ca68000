import { randomInt } from "node:crypto";
import { CongestionControl } from "./congestion-control.ts";
import { Pacer } from "./pacer.ts";
import { RetransmissionBuffer } from "./retransmission-buffer.ts";
import { compactNtp, type Feedback, type ReceiverReport, readRtcp, senderReport } from "./rtcp.ts";
import { CLOCK_RATE, type ExtensionIds, RtpWriter, vp8Payloads } from "./rtp.ts";
import { type AckedPacket, TwccSendHistory } from "./twcc-send-history.ts";

const REPORT_EVERY_MS = 1_000;
/**
 * A peer may not have its keys yet when the first frame comes, and then knows nothing of it: where it is not heard to have had
 * anything another keyframe goes after so long, ms, and after twice as long each time …
 */
const UNHEARD_MS = 400;
/** … but so many times at most: some peers report seldom, or nothing. */
const UNHEARD_TIMES = 4;
/**
 * A view at rest, one of which nothing was sent for so long, ms, comes twice to everybody: players that are no browsers show a
 * frame only when the next one begins (aiortc), and take nothing before a second packet (GStreamer).
 */
const AT_REST_MS = 150;
/** The end of what was sent is missing, and not only on its way, when it is so old, ms, beyond two round trips. */
const TAIL_MS = 200;
const MOST_OF_TAIL = 100;
/** Headers of IP and UDP, which the link carries too. */
const DATAGRAM_BYTES = 28;
/** SRTP's tag. */
const TAG_BYTES = 10;
/** Of what the way takes, the encoder is told this much: the rest is headers. */
const ENCODED_SHARE = 0.92;
/**
 * While what waits takes longer than this to leave, ms, no further frame is taken: it would be old when it leaves. Where the way
 * is not known to be full the one behind a keyframe is soon out, and a frame that is not taken may cost a keyframe itself …
 */
const MOST_WAITING_MS = { full: 15, free: 100 } as const;
/**
 * … nor, where it is full, while what left is so far ahead of the bitrate, ms: beyond the coarsest picture an encoder makes more
 * than it was told, and then the frames must become fewer, not wait before the link. A keyframe takes up to two thirds of it.
 */
const MOST_AHEAD_MS = 300;
/** Before a round trip is known: browsers take it for that too. Less would send again what is still on its way. */
const FIRST_RTT_MS = 100;
/** Of the bit rate this much may go into what is sent again; else loss by too much traffic would make more of it. */
const AGAIN_SHARE = 0.5;
/** … and so much of it at once, ms. */
const AGAIN_AT_ONCE_MS = 500;
/** With so much loss packets are sent again twice at a time, 0 to 1; more is by too much traffic, of which that would make more. */
const LOSES_SOME = 0.005;
const LOSES_TOO_MUCH = 0.1;
const RTT_SMOOTHING = 0.3;

/** The negotiated parameters of the video. */
export interface VideoParameters {
  ssrc: number;
  payloadType: number;
  /** The retransmission stream (RFC 4588); null if the peer does not support RTX. */
  rtx: { ssrc: number; payloadType: number } | null;
  extensions: ExtensionIds;
  cname: string;
}

/** What the packets leave by: see Peer. */
export interface PacketTransport {
  sendRtp(packet: Uint8Array, headerBytes: number): number;
  sendRtcp(packet: Uint8Array): void;
}

/** A packet that was not sent yet. */
interface WaitingPacket {
  readonly payload: Uint8Array;
  readonly timestamp: number;
  /** Whether a frame ends with it. */
  readonly marker: boolean;
  /** The number that it was sent under; undefined for the first time. */
  readonly original?: number;
}

/** One video on its way to one peer: packets, pacing, what is sent again, reports, and the bit rate that comes of it. */
export class VideoSender {
  readonly #way: PacketTransport;
  readonly #video: VideoParameters;
  readonly #writer: RtpWriter;
  readonly #control = new CongestionControl();
  readonly #pacer = new Pacer(performance.now());
  readonly #kept = new RetransmissionBuffer();
  readonly #log = new TwccSendHistory();
  readonly #onKeyframeWanted: () => void;
  readonly #onBye: () => void;
  /** Random beginnings, in the lower half: who misses the first packets must not miss that they began anew (RFC 3711, 3.3.1). */
  #sequence = randomInt(0x8000);
  #rtxSequence = randomInt(0x8000);
  readonly #timestampBase = randomInt(2 ** 32);
  readonly #startedAtMs = wallMs();
  #lastTicks = -1;
  #packets = 0;
  #payloadBytes = 0;
  #bytes = 0;
  #rttMs: number | null = null;
  /** Bytes. */
  #againLeft = Number.POSITIVE_INFINITY;
  #againSince = performance.now();
  #lastSentAtMs = 0;
  /** Whether the peer is known to have had anything. */
  #isHeard = false;
  readonly #reports: ReturnType<typeof setInterval>;
  #unheard: ReturnType<typeof setTimeout>;
  readonly #waiting: WaitingPacket[] = [];
  /** Before those: what is sent again, for which a frame waits at the peer. */
  readonly #again: WaitingPacket[] = [];
  #waitingBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Settles when the next frame is welcome. */
  #ready: PromiseWithResolvers<void> | null = null;
  #open = true;

  constructor(
    way: PacketTransport,
    video: VideoParameters,
    options: {
      /** The peer can not decode on. */
      onKeyframeWanted: () => void;
      /** The peer leaves. */
      onBye: () => void;
    },
  ) {
    this.#way = way;
    this.#video = video;
    this.#writer = new RtpWriter(video.extensions);
    this.#onKeyframeWanted = options.onKeyframeWanted;
    this.#onBye = options.onBye;
    this.#reports = setInterval(() => this.#report(), REPORT_EVERY_MS);
    this.#unheard = setTimeout(() => this.#lookUnheard(1), UNHEARD_MS);
  }

  /** What the encoder may make, bits per second. */
  get bitrate(): number {
    return Math.round(ENCODED_SHARE * this.#control.bitrate);
  }

  /** Packets lost on the way, 0 to 1. */
  get loss(): number {
    return this.#control.loss;
  }

  /** There and back, ms; null before the first report. */
  get rttMs(): number | null {
    return this.#rttMs;
  }

  /** Of datagrams, what was sent again too. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Sends a frame behind those that wait. @param renderedAtMs ms since 1970, or NaN
   * @returns its RTP time stamp, and what settles when the next frame is welcome; undefined where it is at once
   */
  send(frame: Uint8Array, renderedAtMs: number): { timestamp: number; ready: Promise<void> | undefined } {
    const now = performance.now();
    const { untoldSince } = this.#log;
    if (untoldSince !== null) this.#control.silent(now - untoldSince, now);
    const timestamp = this.#timestampOf(renderedAtMs);
    const payloads = payloadsOf(frame);
    for (const [i, payload] of payloads.entries()) {
      this.#put(this.#waiting, { payload, timestamp, marker: i === payloads.length - 1 });
    }
    this.#ready = Promise.withResolvers();
    const { promise } = this.#ready;
    this.#sendWaiting();
    return { timestamp, ready: this.#ready === null ? undefined : promise };
  }

  /** Takes a compound RTCP packet. */
  receive(packet: Uint8Array): void {
    for (const feedback of readRtcp(packet)) if (this.#open) this.#take(feedback);
  }

  /** Idempotent. */
  close(): void {
    this.#open = false;
    clearInterval(this.#reports);
    clearTimeout(this.#unheard);
    clearTimeout(this.#timer);
    this.#ready?.resolve();
  }

  #lookUnheard(times: number): void {
    const rests = performance.now() - this.#lastSentAtMs > AT_REST_MS;
    if (this.#packets > 0 && (!this.#isHeard || (times === 1 && rests))) this.#onKeyframeWanted();
    if (this.#isHeard || times === UNHEARD_TIMES) return;
    this.#unheard = setTimeout(() => this.#lookUnheard(times + 1), UNHEARD_MS * 2 ** times);
  }

  #put(queue: WaitingPacket[], packet: WaitingPacket): void {
    queue.push(packet);
    this.#waitingBytes += packet.payload.byteLength;
  }

  /** Sends as many packets as may leave now, and the others when they may; then the next frame is welcome. */
  #sendWaiting(): void {
    clearTimeout(this.#timer);
    if (!this.#open) return;
    const now = performance.now();
    const wait = this.#sendUntilWait(now);
    const leavesInMs = (8000 * this.#waitingBytes) / this.#control.pacing;
    const tooMuchMs = this.#control.isFull(now)
      ? Math.max(leavesInMs - MOST_WAITING_MS.full, this.#pacer.aheadMs(this.#control, now) - MOST_AHEAD_MS)
      : leavesInMs - MOST_WAITING_MS.free;
    if (tooMuchMs <= 0) {
      this.#ready?.resolve();
      this.#ready = null;
    }
    if (wait > 0) this.#timer = setTimeout(() => this.#sendWaiting(), wait);
    else if (this.#ready !== null) this.#timer = setTimeout(() => this.#sendWaiting(), Math.ceil(tooMuchMs));
  }

  /** @returns ms until the next packet may leave, 0: none waits */
  #sendUntilWait(now: number): number {
    for (;;) {
      const queue = this.#again.length > 0 ? this.#again : this.#waiting;
      const [next] = queue;
      if (next === undefined) return 0;
      const bytes = this.#writer.headerBytes + next.payload.byteLength + TAG_BYTES + DATAGRAM_BYTES;
      const wait = this.#pacer.take(bytes, this.#control, now);
      if (wait > 0) return wait;
      queue.shift();
      this.#waitingBytes -= next.payload.byteLength;
      if (next.original === undefined) this.#sendFirst(next, now);
      else this.#sendAgain(next, next.original, now);
    }
  }

  #sendFirst({ payload, timestamp, marker }: WaitingPacket, now: number): void {
    const { ssrc, payloadType } = this.#video;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xffff;
    this.#lastSentAtMs = now;
    this.#kept.add({ sequence, timestamp, marker, payload, sentAtMs: now });
    this.#write({ ssrc, payloadType, sequence, timestamp, marker }, payload, now);
    this.#packets++;
    this.#payloadBytes += payload.byteLength;
  }

  #sendAgain({ payload, timestamp, marker }: WaitingPacket, original: number, now: number): void {
    const { rtx } = this.#video;
    if (rtx === null) return;
    const sequence = this.#rtxSequence;
    this.#rtxSequence = (sequence + 1) & 0xffff;
    this.#write({ ...rtx, sequence, timestamp, marker }, payload, now, original);
  }

  #write(
    fields: { ssrc: number; payloadType: number; sequence: number; timestamp: number; marker: boolean },
    payload: Uint8Array,
    now: number,
    original?: number,
  ): void {
    const transportSequence = this.#log.next;
    const packet = this.#writer.packet({ ...fields, transportSequence, sendTimeMs: now }, payload, original);
    const bytes = this.#way.sendRtp(packet, this.#writer.headerBytes) + DATAGRAM_BYTES;
    this.#bytes += bytes;
    if (this.#video.extensions.transportSequence === null) return;
    const rtpSequence = original ?? fields.sequence;
    this.#kept.left(rtpSequence, this.#log.left(bytes, rtpSequence, now));
  }

  #take(feedback: Feedback): void {
    const now = performance.now();
    switch (feedback.kind) {
      case "arrivals":
        this.#isHeard ||= feedback.packets.some(({ atMs }) => atMs !== null);
        this.#takeArrivals(this.#log.match(feedback), now);
        break;
      case "report":
        if (feedback.ssrc === this.#video.ssrc) this.#takeReport(feedback, now);
        break;
      case "nack":
        if (feedback.ssrc === this.#video.ssrc) this.#repeat(feedback.sequences, now);
        break;
      case "keyframe":
        this.#onKeyframeWanted();
        break;
      case "bye":
        this.#onBye();
    }
  }

  /** A request for packets may be lost too, and browsers repeat it only after 100 ms: this tells of what is missing sooner. */
  #takeArrivals(told: readonly AckedPacket[], now: number): void {
    this.#control.arrived(told, now);
    const missing = told.filter(
      ({ atMs, rtpSequence, number }) => atMs === null && this.#kept.leftLast(rtpSequence, number),
    );
    if (missing.length === 0 || this.#video.rtx === null) return;
    this.#repeat(
      missing.map(({ rtpSequence }) => rtpSequence),
      now,
    );
  }

  #takeReport({ lost, highest, lastReport, sinceLastReport }: ReceiverReport, now: number): void {
    this.#isHeard = true;
    this.#mendTail(highest, now);
    if (lastReport !== 0) {
      const ms = (((compactNtp(wallMs()) - lastReport) >>> 0) / 65536 - sinceLastReport) * 1000;
      // Its clock has steps of 15 µs; more than a minute is none.
      if (ms < 60_000) this.#rttMs = smooth(this.#rttMs, Math.max(0, ms));
    }
    // Who tells of single packets tells more.
    if (this.#video.extensions.transportSequence === null) this.#control.reported(lost, now);
  }

  /** A view at rest sends nothing by which a peer would notice that the last packets are missing. */
  #mendTail(highest: number, now: number): void {
    const count = (this.#sequence - 1 - highest) & 0xffff;
    const isOld = now - this.#lastSentAtMs > TAIL_MS + 2 * (this.#rttMs ?? FIRST_RTT_MS);
    if (!isOld || count === 0 || count > 0x7fff) return;
    this.#repeat(
      Array.from({ length: Math.min(count, MOST_OF_TAIL) }, (_, i) => (highest + 1 + i) & 0xffff),
      now,
    );
  }

  #repeat(sequences: readonly number[], now: number): void {
    const { rtx } = this.#video;
    // What is missing and does not come again only a keyframe mends.
    if (rtx === null || sequences.some((sequence) => !this.#kept.has(sequence))) this.#onKeyframeWanted();
    if (rtx === null) return;
    // On a way that loses some the second time may be lost too, and the peer would wait a round trip for the third.
    const copies = this.loss > LOSES_SOME && this.loss < LOSES_TOO_MUCH ? 2 : 1;
    const perMs = this.#control.bitrate / 8000;
    const earned = (now - this.#againSince) * AGAIN_SHARE * perMs;
    this.#againLeft = Math.min(AGAIN_AT_ONCE_MS * perMs, this.#againLeft + earned);
    this.#againSince = now;
    for (const original of sequences) {
      if (this.#againLeft <= 0) {
        // It is too much: a keyframe is there sooner.
        this.#onKeyframeWanted();
        break;
      }
      const packet = this.#kept.take(original, this.#rttMs ?? FIRST_RTT_MS, now);
      if (packet === undefined) continue;
      const { timestamp, marker, payload } = packet;
      for (let copy = 0; copy < copies; copy++) {
        this.#againLeft -= payload.byteLength;
        this.#put(this.#again, { timestamp, marker, payload, original });
      }
    }
    this.#sendWaiting();
  }

  /** RTP's clock of video, from when a frame was rendered; each has more than the one before. */
  #timestampOf(renderedAtMs: number): number {
    const nowMs = wallMs();
    // A clock of the renderer's that is off is none.
    const atMs = Math.abs(nowMs - renderedAtMs) < 10_000 ? renderedAtMs : nowMs;
    this.#lastTicks = Math.max(this.#lastTicks + 1, this.#ticks(atMs));
    return (this.#timestampBase + this.#lastTicks) >>> 0;
  }

  #ticks(atMs: number): number {
    return Math.round(((atMs - this.#startedAtMs) * CLOCK_RATE) / 1000);
  }

  #report(): void {
    const { ssrc, cname } = this.#video;
    const atMs = wallMs();
    const rtpTimestamp = (this.#timestampBase + this.#ticks(atMs)) >>> 0;
    const packets = this.#packets >>> 0;
    this.#way.sendRtcp(
      senderReport({ ssrc, cname, atMs, rtpTimestamp, packets, bytes: this.#payloadBytes >>> 0 }),
    );
  }
}

const payloadsByFrame = new WeakMap<Uint8Array, readonly Uint8Array[]>();

/** A frame's payloads are made once, whoever they go to. */
function payloadsOf(frame: Uint8Array): readonly Uint8Array[] {
  let payloads = payloadsByFrame.get(frame);
  if (payloads === undefined) {
    payloads = vp8Payloads(frame);
    payloadsByFrame.set(frame, payloads);
  }
  return payloads;
}

/** ms since 1970, with their fractions. */
function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

function smooth(before: number | null, value: number): number {
  return before === null ? value : before + RTT_SMOOTHING * (value - before);
}
