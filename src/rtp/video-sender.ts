import { randomInt } from "node:crypto";
import { CongestionControl } from "./congestion-control.ts";
import { KeyframeRetry } from "./keyframe-retry.ts";
import { Pacer } from "./pacer.ts";
import type { RtpPayloader } from "./payloaders.ts";
import { Retransmitter, type SentPacket } from "./retransmitter.ts";
import { type Feedback, type ReceiverReport, readRtcp } from "./rtcp.ts";
import { type ExtensionIds, RtpWriter } from "./rtp.ts";
import { RtpClock } from "./rtp-clock.ts";
import { SenderReports } from "./sender-reports.ts";
import { TwccSendHistory } from "./twcc-send-history.ts";

/** Headers of IP and UDP, which use the link as well. */
const IP_UDP_HEADER_BYTES = 28;
/** SRTP's authentication tag. */
const TAG_BYTES = 10;
/** Share of the bitrate available to the encoder; the rest is RTP/UDP/IP overhead. */
const ENCODER_SHARE = 0.92;
/**
 * Maximum sending time of the queued packets, ms, at which a further frame is accepted: behind a longer queue it would be outdated. If
 * the link is not known to be full, the queue behind a keyframe is soon empty, and a skipped frame may cost a keyframe.
 */
const MAX_QUEUE_MS = { overusing: 15, normal: 100 } as const;
/**
 * Maximum pacer debt at which a further frame is accepted while the link is full, ms: with the coarsest quantization an encoder
 * exceeds its bitrate, and then frames must be skipped instead of queueing before the link. A keyframe uses up to two thirds of it.
 */
export const MAX_PACER_DEBT_MS = 300;

/** The negotiated parameters of the video. */
export interface VideoParameters {
  payloader: RtpPayloader;
  ssrc: number;
  payloadType: number;
  /** The retransmission stream (RFC 4588); null if the peer does not support RTX. */
  rtx: { ssrc: number; payloadType: number } | null;
  extensions: ExtensionIds;
  cname: string;
}

/** Sends packets to the peer, encrypted. */
export interface PacketTransport {
  /** @returns size of the UDP payload in bytes; 0 if the packet could not be sent */
  sendRtp(packet: Uint8Array, headerBytes: number): number;
  sendRtcp(packet: Uint8Array): void;
}

/** A packet that awaits pacing. `original`: for a retransmission, the sequence number of the original. */
type QueuedPacket = Pick<SentPacket, "payload" | "timestamp" | "marker"> & { readonly original?: number };

/** Sends one video stream to one peer: packets, pacing, retransmissions and reports. Its bitrate follows the link. */
export class VideoSender {
  readonly #transport: PacketTransport;
  readonly #video: VideoParameters;
  readonly #onBye: () => void;
  readonly #onKeyframeNeeded: () => void;
  readonly #writer: RtpWriter;
  readonly #control = new CongestionControl();
  readonly #pacer = new Pacer(performance.now());
  readonly #history = new TwccSendHistory();
  readonly #clock = new RtpClock();
  readonly #reports: SenderReports;
  readonly #retransmitter: Retransmitter;
  readonly #keyframeRetry: KeyframeRetry;
  /** Random, in the lower half: a peer that misses the first packets must not miss a roll-over as well (RFC 3711, 3.3.1). */
  #sequence = randomInt(0x8000);
  #rtxSequence = randomInt(0x8000);
  /** Bytes of all datagrams sent, with headers and retransmissions. */
  bytes = 0;
  #lastSentAtMs: number | null = null;
  readonly #frameQueue: QueuedPacket[] = [];
  /** Sent before the frame queue, because the peer waits for it to show a frame. */
  readonly #retransmitQueue: QueuedPacket[] = [];
  #queuedBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Resolved when the next frame is accepted. */
  #ready: PromiseWithResolvers<void> | null = null;
  #open = true;

  constructor(
    transport: PacketTransport,
    video: VideoParameters,
    options: {
      /** Called when the peer cannot decode further frames. */
      onKeyframeNeeded: () => void;
      /** Called when the peer disconnects. */
      onBye: () => void;
    },
  ) {
    this.#transport = transport;
    this.#video = video;
    this.#onBye = options.onBye;
    this.#onKeyframeNeeded = options.onKeyframeNeeded;
    this.#writer = new RtpWriter(video.extensions);
    this.#reports = new SenderReports(video, this.#clock, (packet) => transport.sendRtcp(packet));
    this.#retransmitter = new Retransmitter(
      video.rtx !== null,
      () => ({ bitrate: this.#control.bitrate, loss: this.loss, rttMs: this.rttMs }),
      options.onKeyframeNeeded,
    );
    this.#keyframeRetry = new KeyframeRetry(() => this.#lastSentAtMs, options.onKeyframeNeeded);
  }

  /** Target bitrate of the encoder, bits per second. */
  get bitrate(): number {
    return Math.round(ENCODER_SHARE * this.#control.bitrate);
  }

  /** Recent share of lost packets, 0 to 1. */
  get loss(): number {
    return this.#control.loss;
  }

  /** Smoothed round-trip time, ms; null before the first receiver report. */
  get rttMs(): number | null {
    return this.#reports.rttMs;
  }

  /**
   * Sends a frame, after those that are queued. @param renderedAtMs ms since 1970, or NaN
   * @returns its RTP time stamp, and a promise that resolves when the next frame is accepted; undefined if immediately
   */
  send(frame: Uint8Array, renderedAtMs: number): { timestamp: number; ready: Promise<void> | undefined } {
    const now = performance.now();
    const { oldestUnackedAtMs } = this.#history;
    if (oldestUnackedAtMs !== null) this.#control.onFeedbackTimeout(now - oldestUnackedAtMs, now);
    const timestamp = this.#clock.nextTimestamp(renderedAtMs);
    const payloads = this.#video.payloader.payloads(frame);
    for (const [i, payload] of payloads.entries()) {
      this.#enqueue(this.#frameQueue, { payload, timestamp, marker: i === payloads.length - 1 });
    }
    this.#ready = Promise.withResolvers();
    const { promise } = this.#ready;
    this.#sendQueued();
    return { timestamp, ready: this.#ready === null ? undefined : promise };
  }

  /** Handles a compound RTCP packet. */
  receive(packet: Uint8Array): void {
    for (const feedback of readRtcp(packet)) if (this.#open) this.#handle(feedback);
  }

  /** Idempotent. */
  close(): void {
    this.#open = false;
    this.#reports.close();
    this.#keyframeRetry.close();
    clearTimeout(this.#timer);
    this.#ready?.resolve();
  }

  #enqueue(queue: QueuedPacket[], packet: QueuedPacket): void {
    queue.push(packet);
    this.#queuedBytes += packet.payload.byteLength;
  }

  /** Sends the packets that pacing allows now, schedules the others, and accepts the next frame if the queue is short. */
  #sendQueued(): void {
    clearTimeout(this.#timer);
    if (!this.#open) return;
    const now = performance.now();
    const waitMs = this.#sendUntilPaced(now);
    const queueMs = (8000 * this.#queuedBytes) / this.#control.pacing;
    const excessMs = this.#control.isOverusing(now)
      ? Math.max(queueMs - MAX_QUEUE_MS.overusing, this.#pacer.debtMs(this.#control, now) - MAX_PACER_DEBT_MS)
      : queueMs - MAX_QUEUE_MS.normal;
    if (excessMs <= 0) {
      this.#ready?.resolve();
      this.#ready = null;
    }
    if (waitMs > 0) this.#timer = setTimeout(() => this.#sendQueued(), waitMs);
    else if (this.#ready !== null) {
      this.#timer = setTimeout(() => this.#sendQueued(), Math.ceil(excessMs));
    }
  }

  /** @returns ms until the next packet may be sent; 0 if the queues are empty */
  #sendUntilPaced(now: number): number {
    for (;;) {
      const queue = this.#retransmitQueue.length > 0 ? this.#retransmitQueue : this.#frameQueue;
      const [packet] = queue;
      if (packet === undefined) return 0;
      const { payload } = packet;
      const bytes = this.#writer.headerBytes + payload.byteLength + TAG_BYTES + IP_UDP_HEADER_BYTES;
      const waitMs = this.#pacer.take(bytes, this.#control, now);
      if (waitMs > 0) return waitMs;
      queue.shift();
      this.#queuedBytes -= payload.byteLength;
      if (packet.original === undefined) this.#sendOriginal(packet, now);
      else this.#sendRetransmission(packet, packet.original, now);
    }
  }

  #sendOriginal({ payload, timestamp, marker }: QueuedPacket, now: number): void {
    const { ssrc, payloadType } = this.#video;
    const sequence = this.#sequence;
    this.#sequence = (sequence + 1) & 0xffff;
    this.#lastSentAtMs = now;
    this.#retransmitter.add({ sequence, timestamp, marker, payload, sentAtMs: now });
    this.#write({ ssrc, payloadType, sequence, timestamp, marker }, payload, now);
    this.#reports.count(payload.byteLength);
  }

  #sendRetransmission({ payload, timestamp, marker }: QueuedPacket, original: number, now: number): void {
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
    const transportSequence = this.#history.nextSequence;
    const packet = this.#writer.packet({ ...fields, transportSequence, sendTimeMs: now }, payload, original);
    const bytes = this.#transport.sendRtp(packet, this.#writer.headerBytes) + IP_UDP_HEADER_BYTES;
    this.bytes += bytes;
    if (this.#video.extensions.transportSequence === null) return;
    const rtpSequence = original ?? fields.sequence;
    this.#retransmitter.onSent(rtpSequence, this.#history.onSent(bytes, rtpSequence, now));
  }

  #handle(feedback: Feedback): void {
    const now = performance.now();
    switch (feedback.kind) {
      case "twcc": {
        const acked = this.#history.match(feedback);
        if (feedback.packets.some(({ arrivedAtMs }) => arrivedAtMs !== null))
          this.#keyframeRetry.onFeedback();
        this.#control.onArrivals(acked, now);
        this.#retransmit(this.#retransmitter.afterTwcc(acked, now));
        break;
      }
      case "report":
        if (feedback.ssrc === this.#video.ssrc) this.#handleReport(feedback, now);
        break;
      case "nack":
        if (feedback.ssrc === this.#video.ssrc) {
          this.#retransmit(this.#retransmitter.afterLoss(feedback.sequences, now));
        }
        break;
      case "keyframe":
        this.#onKeyframeNeeded();
        break;
      case "bye":
        this.#onBye();
    }
  }

  #handleReport(report: ReceiverReport, now: number): void {
    this.#keyframeRetry.onFeedback();
    this.#retransmit(this.#retransmitter.afterReceiverReport(report.highestSequence, now));
    this.#reports.onReceiverReport(report);
    // TWCC, if negotiated, is more precise.
    if (this.#video.extensions.transportSequence === null) {
      this.#control.onReceiverReport(report.fractionLost, now);
    }
  }

  #retransmit(packets: readonly SentPacket[]): void {
    if (packets.length === 0) return;
    for (const { payload, timestamp, marker, sequence } of packets) {
      this.#enqueue(this.#retransmitQueue, { payload, timestamp, marker, original: sequence });
    }
    this.#sendQueued();
  }
}
