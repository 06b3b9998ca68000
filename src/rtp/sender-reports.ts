import { smooth } from "../util/filters.ts";
import { compactNtp, type ReceiverReport, senderReport } from "./rtcp.ts";
import { type RtpClock, wallClockMs } from "./rtp-clock.ts";

const INTERVAL_MS = 1_000;
/** Maximum plausible round-trip time, ms. */
const MAX_RTT_MS = 60_000;
const RTT_SMOOTHING = 0.3;

/** Sends RTCP sender reports once a second, and measures the round-trip time from the receiver reports that refer to them. */
export class SenderReports {
  readonly #source: { readonly ssrc: number; readonly cname: string };
  readonly #clock: RtpClock;
  readonly #send: (packet: Uint8Array) => void;
  readonly #timer: ReturnType<typeof setInterval>;
  #packets = 0;
  #payloadBytes = 0;
  /** Smoothed round-trip time, ms; null before the first receiver report. */
  rttMs: number | null = null;

  constructor(
    source: { readonly ssrc: number; readonly cname: string },
    clock: RtpClock,
    send: (packet: Uint8Array) => void,
  ) {
    this.#source = source;
    this.#clock = clock;
    this.#send = send;
    this.#timer = setInterval(() => this.#report(), INTERVAL_MS);
  }

  /** Counts a packet of the source; retransmissions belong to another one. */
  count(payloadBytes: number): void {
    this.#packets++;
    this.#payloadBytes += payloadBytes;
  }

  onReceiverReport({ lastSenderReport, delaySinceLastSenderReport }: ReceiverReport): void {
    if (lastSenderReport === 0) return;
    const sinceSent = ((compactNtp(wallClockMs()) - lastSenderReport) >>> 0) / 65536;
    const ms = (sinceSent - delaySinceLastSenderReport) * 1000;
    if (ms >= MAX_RTT_MS) return;
    // The difference is negative for a round trip below the resolution of 15 µs.
    this.rttMs = smooth(this.rttMs, Math.max(0, ms), RTT_SMOOTHING);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #report(): void {
    const atMs = wallClockMs();
    const rtpTimestamp = this.#clock.timestampAt(atMs);
    const counts = { packets: this.#packets >>> 0, bytes: this.#payloadBytes >>> 0 };
    this.#send(senderReport({ ...this.#source, atMs, rtpTimestamp, ...counts }));
  }
}
