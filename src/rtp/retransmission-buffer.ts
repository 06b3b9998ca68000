/** A packet that can be retransmitted. */
export interface SentPacket {
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
  /** When it was first sent, ms of any clock. */
  readonly sentAtMs: number;
}

/** Maximum age of a packet, ms: a keyframe arrives sooner than a retransmission of an older one would help. */
const MAX_AGE_MS = 1_000;
/** Maximum number of packets: 1 s at 20 Mbit/s. */
const MAX_PACKETS = 2_048;

/** The packets recently sent to one peer, by 16-bit sequence number. Payloads are shared with other peers. */
export class RetransmissionBuffer {
  readonly #packets = new Map<number, SentPacket>();
  /** When each was last retransmitted: a second request may arrive while that is still in flight. */
  readonly #retransmittedAtMs = new Map<number, number>();
  /** The number in the TwccSendHistory under which each was last sent. */
  readonly #lastNumber = new Map<number, number>();

  add(packet: SentPacket): void {
    this.#packets.set(packet.sequence, packet);
    for (const [sequence, { sentAtMs }] of this.#packets) {
      if (this.#packets.size <= MAX_PACKETS && packet.sentAtMs - sentAtMs <= MAX_AGE_MS) break;
      this.#packets.delete(sequence);
      this.#retransmittedAtMs.delete(sequence);
      this.#lastNumber.delete(sequence);
    }
  }

  /** To be called when a packet was sent, for the first time or again. `number`: from the TwccSendHistory. */
  onSent(sequence: number, number: number): void {
    if (this.#packets.has(sequence)) this.#lastNumber.set(sequence, number);
  }

  /** Whether a packet is in the buffer, and was not sent again after this number. */
  wasLastSentAs(sequence: number, number: number): boolean {
    return this.#lastNumber.get(sequence) === number;
  }

  has(sequence: number): boolean {
    return this.#packets.has(sequence);
  }

  /** The packet to retransmit; undefined if it is not in the buffer, or was retransmitted less than `rttMs` ago. */
  take(sequence: number, rttMs: number, now: number): SentPacket | undefined {
    const packet = this.#packets.get(sequence);
    if (packet === undefined) return undefined;
    if (now - (this.#retransmittedAtMs.get(sequence) ?? Number.NEGATIVE_INFINITY) < rttMs) return undefined;
    this.#retransmittedAtMs.set(sequence, now);
    return packet;
  }
}
