import type { Arrival } from "./congestion-control.ts";
import { ARRIVAL_CLOCK_MS, type ArrivalReport } from "./rtcp.ts";

/** As many packets as leave in two seconds at 20 Mbit/s. */
const REMEMBERED = 4_096;

/** What a peer tells of a packet, and which it was. */
export interface AckedPacket extends Arrival {
  /** As {@link TwccSendHistory.left} gave it. */
  readonly number: number;
  /** Of the video's RTP; also where the packet was sent again. */
  readonly rtpSequence: number;
}

/** When packets left, which they were and how large, by their transport-wide sequence numbers. */
export class TwccSendHistory {
  readonly #sentAtMs = new Float64Array(REMEMBERED).fill(Number.NaN);
  readonly #bytes = new Uint32Array(REMEMBERED);
  readonly #rtpSequences = new Uint16Array(REMEMBERED);
  #next = 0;
  /** What is before this was told of. */
  #told = 0;
  /** Newest unwrapped arrival time, ms; null before the first. */
  #arrivedAtMs: number | null = null;

  /** The number of the next packet, 16 bits. */
  get next(): number {
    return this.#next & 0xffff;
  }

  /** When the first packet left after those that the peer has told of; null where it has told of all. */
  get untoldSince(): number | null {
    if (this.#told >= this.#next) return null;
    return this.#sentAtMs[this.#told % REMEMBERED] ?? null;
  }

  /** The packet of {@link next} has left. `atMs`: of any clock. @returns a number that no other has */
  left(bytes: number, rtpSequence: number, atMs: number): number {
    const slot = this.#next % REMEMBERED;
    this.#sentAtMs[slot] = atMs;
    this.#bytes[slot] = bytes;
    this.#rtpSequences[slot] = rtpSequence;
    return this.#next++;
  }

  /** Puts together what a peer tells and what is known; each packet is told of once. */
  match({ packets }: ArrivalReport): AckedPacket[] {
    const told: AckedPacket[] = [];
    for (const { sequence, atMs } of packets) {
      const behind = (this.#next - sequence) & 0xffff;
      if (behind === 0 || behind > REMEMBERED) continue;
      this.#told = Math.max(this.#told, this.#next - behind + 1);
      const number = this.#next - behind;
      const slot = (number + REMEMBERED) % REMEMBERED;
      const sentAtMs = this.#sentAtMs[slot] ?? Number.NaN;
      if (Number.isNaN(sentAtMs)) continue;
      this.#sentAtMs[slot] = Number.NaN;
      const [bytes = 0, rtpSequence = 0] = [this.#bytes[slot], this.#rtpSequences[slot]];
      told.push({ sentAtMs, atMs: atMs === null ? null : this.#unwrap(atMs), bytes, number, rtpSequence });
    }
    return told;
  }

  /** Unwraps an arrival time: takes the candidate nearest to the previous one. */
  #unwrap(atMs: number): number {
    const before = this.#arrivedAtMs ?? atMs;
    const half = ARRIVAL_CLOCK_MS / 2;
    const step = ((((atMs - before + half) % ARRIVAL_CLOCK_MS) + ARRIVAL_CLOCK_MS) % ARRIVAL_CLOCK_MS) - half;
    this.#arrivedAtMs = before + step;
    return this.#arrivedAtMs;
  }
}
