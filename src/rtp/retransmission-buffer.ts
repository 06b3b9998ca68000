/** A packet that may be asked for again. */
export interface SentPacket {
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly payload: Uint8Array;
  /** ms of any clock. */
  readonly sentAtMs: number;
}

/** What is older than this nobody waits for: a keyframe is there sooner, ms. */
const KEPT_MS = 1_000;
/** Of 1,200 bytes: what is sent at 20 Mbit/s. */
const MOST_KEPT = 2_048;

/** What was sent to one peer lately, by sequence numbers of 16 bits. Payloads are shared with other peers. */
export class RetransmissionBuffer {
  readonly #bySequence = new Map<number, SentPacket>();
  /** When each was sent again, for who asks twice while it is on its way. */
  readonly #again = new Map<number, number>();
  /** Under which number of TransportLog's each left the last time. */
  readonly #last = new Map<number, number>();

  add(packet: SentPacket): void {
    this.#bySequence.set(packet.sequence, packet);
    for (const [sequence, { sentAtMs }] of this.#bySequence) {
      if (this.#bySequence.size <= MOST_KEPT && packet.sentAtMs - sentAtMs <= KEPT_MS) break;
      this.#bySequence.delete(sequence);
      this.#again.delete(sequence);
      this.#last.delete(sequence);
    }
  }

  /** A packet has left, for the first time or again. `number`: the one that TransportLog gave it. */
  left(sequence: number, number: number): void {
    if (this.#bySequence.has(sequence)) this.#last.set(sequence, number);
  }

  /** Whether a packet is kept, and has not left again after this number. */
  leftLast(sequence: number, number: number): boolean {
    return this.#last.get(sequence) === number;
  }

  has(sequence: number): boolean {
    return this.#bySequence.has(sequence);
  }

  /** The packet to be sent again; undefined where it is not kept, or was sent again less than `rttMs` ago. */
  take(sequence: number, rttMs: number, now: number): SentPacket | undefined {
    const packet = this.#bySequence.get(sequence);
    if (packet === undefined) return undefined;
    if (now - (this.#again.get(sequence) ?? Number.NEGATIVE_INFINITY) < rttMs) return undefined;
    this.#again.set(sequence, now);
    return packet;
  }
}
