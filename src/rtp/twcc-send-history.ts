import type { PacketArrival } from "./congestion-control.ts";
import { ARRIVAL_CLOCK_MS, type TwccFeedback } from "./rtcp.ts";

/** Number of packets remembered: 2 s at 20 Mbit/s. */
const CAPACITY = 4_096;

/** A packet that the peer has reported as received or lost. */
export interface AckedPacket extends PacketArrival {
  /** As {@link TwccSendHistory.onSent} returned it. */
  readonly number: number;
  /** RTP sequence number of the original packet, also for a retransmission. */
  readonly rtpSequence: number;
}

/** Send times and sizes of packets by their transport-wide sequence numbers, to be matched with TWCC feedback. */
export class TwccSendHistory {
  readonly #sentAtMs = new Float64Array(CAPACITY).fill(Number.NaN);
  readonly #bytes = new Uint32Array(CAPACITY);
  readonly #rtpSequences = new Uint16Array(CAPACITY);
  #next = 0;
  /** Number after that of the newest acknowledged packet. */
  #acked = 0;
  /** Newest unwrapped arrival time, ms; null before the first. */
  #arrivedAtMs: number | null = null;

  /** Transport-wide sequence number of the next packet, 16 bits. */
  get nextSequence(): number {
    return this.#next & 0xffff;
  }

  /** When the first packet after the newest acknowledged one was sent; null if all packets are acknowledged. */
  get oldestUnackedAtMs(): number | null {
    if (this.#acked >= this.#next) return null;
    return this.#sentAtMs[this.#acked % CAPACITY] ?? null;
  }

  /** Records that the packet {@link nextSequence} was sent. `atMs`: of any clock. @returns its unwrapped number */
  onSent(bytes: number, rtpSequence: number, atMs: number): number {
    const slot = this.#next % CAPACITY;
    this.#sentAtMs[slot] = atMs;
    this.#bytes[slot] = bytes;
    this.#rtpSequences[slot] = rtpSequence;
    return this.#next++;
  }

  /** Matches feedback with the packets sent. Each packet is returned once, in its first feedback. */
  match({ packets }: TwccFeedback): AckedPacket[] {
    const acked: AckedPacket[] = [];
    for (const { sequence, arrivedAtMs } of packets) {
      const behind = (this.#next - sequence) & 0xffff;
      if (behind === 0 || behind > CAPACITY) continue;
      this.#acked = Math.max(this.#acked, this.#next - behind + 1);
      const number = this.#next - behind;
      const slot = (number + CAPACITY) % CAPACITY;
      const sentAtMs = this.#sentAtMs[slot] ?? Number.NaN;
      if (Number.isNaN(sentAtMs)) continue;
      this.#sentAtMs[slot] = Number.NaN;
      const [bytes = 0, rtpSequence = 0] = [this.#bytes[slot], this.#rtpSequences[slot]];
      const unwrapped = arrivedAtMs === null ? null : this.#unwrap(arrivedAtMs);
      acked.push({ sentAtMs, arrivedAtMs: unwrapped, bytes, number, rtpSequence });
    }
    return acked;
  }

  /** Unwraps an arrival time: returns the candidate nearest to the previous one. */
  #unwrap(atMs: number): number {
    const before = this.#arrivedAtMs ?? atMs;
    const half = ARRIVAL_CLOCK_MS / 2;
    const step = ((((atMs - before + half) % ARRIVAL_CLOCK_MS) + ARRIVAL_CLOCK_MS) % ARRIVAL_CLOCK_MS) - half;
    this.#arrivedAtMs = before + step;
    return this.#arrivedAtMs;
  }
}
