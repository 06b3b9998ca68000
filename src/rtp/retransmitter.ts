import type { AckedPacket } from "./twcc-send-history.ts";

/** A packet that can be retransmitted. */
export interface SentPacket {
  readonly sequence: number;
  readonly timestamp: number;
  /** Whether this is the last packet of a frame. */
  readonly marker: boolean;
  /** Shared with other peers. */
  readonly payload: Uint8Array;
  /** When it was first sent, ms of any clock. */
  readonly sentAtMs: number;
}

interface BufferedPacket {
  readonly packet: SentPacket;
  /** A second request may arrive while a retransmission is in flight. */
  retransmittedAtMs: number;
  /** The number in the TwccSendHistory under which it was last sent; null if it is not counted there. */
  lastNumber: number | null;
}

/** Maximum age of a buffered packet, ms: a keyframe arrives sooner than a retransmission of an older one would help. */
const MAX_AGE_MS = 1_000;
/** Maximum number of buffered packets: 1 s at 20 Mbit/s. */
const MAX_PACKETS = 2_048;
/** Tail loss probe: the last packets count as lost if they are older than this and two round trips, ms. */
const TAIL_LOSS_MS = 200;
const MAX_TAIL_PACKETS = 100;
/** Round-trip time before one is measured, ms, as browsers assume it. Less would retransmit packets that are in flight. */
const INITIAL_RTT_MS = 100;
/** Share of the bitrate available to retransmissions; without a limit, loss by congestion would cause more congestion. */
const BUDGET_SHARE = 0.5;
/** Maximum burst of retransmissions, as time at the bitrate, ms. */
const BUDGET_BURST_MS = 500;
/**
 * Range of loss, 0 to 1, in which each retransmission is sent twice: on a lossy link one may be lost as well, and the next request
 * follows a round trip later. Above it the loss is congestion, which duplicates would increase.
 */
const MIN_DUPLICATION_LOSS = 0.005;
const MAX_DUPLICATION_LOSS = 0.1;

/** Current state of the connection. */
interface LinkState {
  /** Target bitrate, bits per second. */
  readonly bitrate: number;
  /** Recent share of lost packets, 0 to 1. */
  readonly loss: number;
  /** ms; null before the first measurement. */
  readonly rttMs: number | null;
}

/** Decides which lost packets are retransmitted. */
export class Retransmitter {
  readonly #hasRtx: boolean;
  readonly #link: () => LinkState;
  readonly #onKeyframeNeeded: () => void;
  /** By sequence number, oldest first. */
  readonly #buffer = new Map<number, BufferedPacket>();
  #budgetBytes = Number.POSITIVE_INFINITY;
  #budgetUpdatedAtMs = performance.now();
  #newest: SentPacket | null = null;

  /**
   * @param hasRtx whether the peer supports RTX (RFC 4588); otherwise only a keyframe repairs a loss
   * @param onKeyframeNeeded called when a loss cannot be repaired by retransmission
   */
  constructor(hasRtx: boolean, link: () => LinkState, onKeyframeNeeded: () => void) {
    this.#hasRtx = hasRtx;
    this.#link = link;
    this.#onKeyframeNeeded = onKeyframeNeeded;
  }

  /** Records a packet that was sent for the first time. */
  add(packet: SentPacket): void {
    this.#newest = packet;
    this.#buffer.set(packet.sequence, {
      ...{ packet, retransmittedAtMs: Number.NEGATIVE_INFINITY, lastNumber: null },
    });
    for (const [sequence, { packet: oldest }] of this.#buffer) {
      if (this.#buffer.size <= MAX_PACKETS && packet.sentAtMs - oldest.sentAtMs <= MAX_AGE_MS) break;
      this.#buffer.delete(sequence);
    }
  }

  /** Records that a packet was sent, for the first time or again, under this number of the TwccSendHistory. */
  onSent(sequence: number, number: number): void {
    const buffered = this.#buffer.get(sequence);
    if (buffered !== undefined) buffered.lastNumber = number;
  }

  /**
   * The packets to retransmit after TWCC feedback. A NACK can be lost, too, and browsers repeat it only after 100 ms; TWCC reports
   * a loss sooner.
   */
  afterTwcc(acked: readonly AckedPacket[], now: number): SentPacket[] {
    if (!this.#hasRtx) return [];
    const lost = acked.filter(
      ({ arrivedAtMs, rtpSequence, number }) =>
        arrivedAtMs === null && this.#buffer.get(rtpSequence)?.lastNumber === number,
    );
    const sequences = lost.map(({ rtpSequence }) => rtpSequence);
    return this.afterLoss(sequences, now);
  }

  /**
   * Tail loss probe (RFC 8985, section 7): in a still view no later packet shows the peer that the last ones are
   * missing. @returns the packets to retransmit after a receiver report with this highest sequence number
   */
  afterReceiverReport(highestSequence: number, now: number): SentPacket[] {
    if (this.#newest === null) return [];
    const { sequence, sentAtMs } = this.#newest;
    const count = (sequence - highestSequence) & 0xffff;
    const isInFlight = now - sentAtMs <= TAIL_LOSS_MS + 2 * this.#rttMs;
    if (isInFlight || count === 0 || count > 0x7fff) return [];
    const length = Math.min(count, MAX_TAIL_PACKETS);
    const sequences = Array.from({ length }, (_, i) => (highestSequence + 1 + i) & 0xffff);
    return this.afterLoss(sequences, now);
  }

  get #rttMs(): number {
    return this.#link().rttMs ?? INITIAL_RTT_MS;
  }

  /** Returns the packets to retransmit, given the sequence numbers that the peer has not received. */
  afterLoss(sequences: readonly number[], now: number): SentPacket[] {
    if (!this.#hasRtx || sequences.some((sequence) => !this.#buffer.has(sequence))) this.#onKeyframeNeeded();
    if (!this.#hasRtx) return [];
    const { loss } = this.#link();
    const copies = loss > MIN_DUPLICATION_LOSS && loss < MAX_DUPLICATION_LOSS ? 2 : 1;
    this.#refillBudget(now);
    const packets: SentPacket[] = [];
    for (const sequence of sequences) {
      if (this.#budgetBytes <= 0) {
        // A keyframe arrives sooner.
        this.#onKeyframeNeeded();
        break;
      }
      const buffered = this.#buffer.get(sequence);
      if (buffered === undefined || now - buffered.retransmittedAtMs < this.#rttMs) continue;
      const { packet } = buffered;
      buffered.retransmittedAtMs = now;
      this.#budgetBytes -= copies * packet.payload.byteLength;
      for (let copy = 0; copy < copies; copy++) packets.push(packet);
    }
    return packets;
  }

  #refillBudget(now: number): void {
    const bytesPerMs = this.#link().bitrate / 8000;
    const earned = (now - this.#budgetUpdatedAtMs) * BUDGET_SHARE * bytesPerMs;
    this.#budgetBytes = Math.min(BUDGET_BURST_MS * bytesPerMs, this.#budgetBytes + earned);
    this.#budgetUpdatedAtMs = now;
  }
}
