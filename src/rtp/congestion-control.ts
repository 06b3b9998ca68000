/** A packet that the peer has told of. */
export interface Arrival {
  /** When it was sent, ms of our clock. */
  readonly sentAtMs: number;
  /** When it came, ms of the peer's clock; null where it did not. */
  readonly atMs: number | null;
  readonly bytes: number;
}

/** Bits per second. */
export const LEAST_BITRATE = 300_000;
export const MOST_BITRATE = 20_000_000;
/** A picture at once, also where it is too much; what the first frames show of the way comes a moment later. */
const FIRST_BITRATE = 1_500_000;
/** Then, and after a silence, so much of what trains of packets show is taken at once … */
const CAPACITY_AT_ONCE = 0.5;
/** … but no more than so many times what was: a radio link that hands packets on in heaps shows too much. */
const TIMES_AT_ONCE = 4;

/** How long packets wait is told by those that wait the least within so long, ms: a large frame's own wait for it alone. */
const DELAY_WINDOW_MS = 120;
/** Fewer of them, or within less time, ms, tell nothing. */
const LEAST_PACKETS = 3;
const LEAST_WINDOW_MS = 60;
/** … and by the shortest way that there was within one or two times so long, ms: clocks drift, and ways change. */
const SHORTEST_WAY_MS = 5_000;
/** Waiting so long, ms, is by chance: a busy receiver, a radio link. */
const WAIT_BY_CHANCE_MS = 15;
/** Waiting so long is in a queue that this sender fills. */
const WAIT_TOO_LONG_MS = 30;
/** The queue is to be empty after so long, ms: the longer it is, the less is sent meanwhile … */
const EMPTYING_MS = 600;
/** … but so much of what the link carries in any case. */
const LEAST_WHILE_EMPTYING = 0.5;
/** When it is empty the rate is so much of what the link carried. */
const CARRIED_LEFT = 0.9;

/** Growth a second, towards what was too much lately, and where nothing is known. */
const UP_SLOWLY = 1.08;
const UP = 1.5;
/** What was too much is remembered so long, ms. */
const TOO_MUCH_MS = 4_000;
/** Trains of packets show what a link carries: up to this part of it growth is quick. */
const CAPACITY_USED = 0.75;
/** Packets that leave with no more than so long between the first and the last, ms, are a train. */
const TRAIN_MS = 1;
/** It tells something if it has so many packets, or arrives over so long, ms: arrivals are told in steps of 0.25. */
const TRAIN_PACKETS = 4;
const TRAIN_ARRIVAL_MS = 5;
const TRAINS = 15;
/** Packets of trains of which less tell nothing. */
const LEAST_TRAIN_PACKETS = 6;
/** Trains of which less give no reason to send more at once. */
const LEAST_TRAINS = 3;
/** Large frames leave a little slower than the link carries them, but not slower or faster than so many times the bitrate. */
const PACING_CAPACITY = 0.9;
const PACING_LEAST = 1.5;
const PACING_MOST = 5;
/** … and so many times where it is not known what it carries. */
const PACING_UNKNOWN = 2.5;
/** A peer that tells of packets and has not for so long, ms, has a queue before it that is longer than any should be. */
const SILENCE_MS = 1_000;
/** After loss and silence what was sent since must be heard of first, ms. */
const HOLD_MS = 300;
/** Growth stops where the encoder does not use what it has: this many times what arrives. */
const BEYOND_USE = 2;

/** Of packets, over at least so many and so long, ms. */
const LOSS_PACKETS = 60;
const LOSS_MS = 500;
/** Up to here is chance, and RTX mends it: the rate may grow. */
const LOSS_HARMLESS = 0.03;
/** From here on it is too much traffic. */
const LOSS_TOO_MUCH = 0.1;

/** What arrives is measured over so long, ms. */
const RATE_WINDOW_MS = 500;
/** Maximum number of arrivals kept for that. The window alone is no bound, since its times are by the peer's clock. */
const MAX_ARRIVALS = 4_096;
/**
 * Largest plausible step between two arrival times, ms: backwards by reordering, ahead by queueing. A larger one means that the peer's
 * clock was set.
 */
const MAX_CLOCK_STEP_MS = { back: 1_000, ahead: 30_000 } as const;

/** Packets that left together. */
interface Train {
  sentAtMs: number;
  atMs: number;
  lastAtMs: number;
  /** After the first packet. */
  bytes: number;
  packets: number;
}

/**
 * Finds the bit rate that a peer's way takes: up slowly, down at once. Knows no clock and no network; it is told of both.
 *
 * The delay counts most, against the shortest that there was lately (RFC 6817, section 2.4.2; RFC 8298, section 4.1.2): packets
 * that take longer wait in a queue that this sender fills. While they do the link is busy, so what arrives is what it carries
 * (draft-ietf-rmcat-gcc-02, section 5.5, and the delivery rate of draft-ietf-ccwg-bbr). Less is sent until the queue is empty,
 * by its length, and then nearly all of that, growing slowly. Loss of more than a tenth halves itself away (gcc, section 6); less
 * is the link's own, and mended. A frame's first packets leave together, so how far apart they arrive tells what the narrowest
 * place carries (packet trains): while that is far more than the rate growth is quick, and no probe is needed that would get in
 * the picture's way.
 */
export class CongestionControl {
  #bitrate = FIRST_BITRATE;
  /** What was too much, and when. */
  #tooMuch = { bitrate: Number.POSITIVE_INFINITY, atMs: Number.NEGATIVE_INFINITY };
  /** While a queue empties: what the rate is then. */
  #rateAfterwards: number | null = null;
  #train: Train | null = null;
  /** How long the newest packets took, from our clock to the peer's. */
  #delays: { sentAtMs: number; ms: number }[] = [];
  /** The shortest that any took, lately and before that, and since when. */
  #shortest = { ms: Number.POSITIVE_INFINITY, beforeMs: Number.POSITIVE_INFINITY, sinceMs: 0 };
  /** What the newest told, bits per second. */
  #trains: { rate: number; packets: number }[] = [];
  #arrived: { sentAtMs: number; atMs: number; bytes: number }[] = [];
  /** The newest arrival, to detect that the peer's clock was set. */
  #newestArrival: { sentAtMs: number; atMs: number } | null = null;
  #lossSince: number | null = null;
  #lost = 0;
  #told = 0;
  #loss = 0;
  #holdUntil = Number.NEGATIVE_INFINITY;
  #grownAt: number | null = null;
  /** Whether the way is new, or was silent. */
  #isNew = true;

  /** Bits per second. */
  get bitrate(): number {
    return Math.round(this.#bitrate);
  }

  /** Bits per second at which what is large may leave. */
  get pacing(): number {
    const capacity = this.#capacity;
    if (capacity === null) return PACING_UNKNOWN * this.#bitrate;
    const most = Math.min(PACING_MOST * this.#bitrate, PACING_CAPACITY * capacity);
    return Math.max(PACING_LEAST * this.#bitrate, most);
  }

  /** Whether more was sent lately than the way takes, as far as is known. */
  isFull(now: number): boolean {
    return now - this.#tooMuch.atMs < TOO_MUCH_MS;
  }

  /** Packets that did not come at the first time, 0 to 1. */
  get loss(): number {
    return this.#loss;
  }

  /** Tells of packets, in the order in which they were sent. `now`: ms of our clock. */
  arrived(packets: readonly Arrival[], now: number): void {
    for (const packet of packets) {
      this.#told++;
      if (packet.atMs === null) this.#lost++;
      else this.#add(packet, packet.atMs);
    }
    this.#lookAtLoss(now);
    const queueMs = this.#queueMs;
    if (queueMs !== null && queueMs > WAIT_TOO_LONG_MS) this.#goDown(now, queueMs);
    else if (queueMs !== null && queueMs <= WAIT_BY_CHANCE_MS) this.#goUp(now);
    else this.#grownAt = null;
  }

  /** Tells that nothing was heard of packets that left so long ago, ms. */
  silent(forMs: number, now: number): void {
    if (forMs < SILENCE_MS || now < this.#holdUntil) return;
    this.#set(this.#bitrate / 2);
    this.#trains = [];
    this.#isNew = true;
    this.#holdUntil = now + HOLD_MS;
  }

  /** Tells of a peer's report, for those who say nothing of single packets. `lost`: 0 to 1, since the report before. */
  reported(lost: number, now: number): void {
    this.#loss = lost;
    this.#followLoss(now);
    this.#goUp(now);
  }

  /** Bits per second of what came lately, as it was sent and as it arrived; null where that is not known. */
  #rates(windowMs: number): { sent: number; arrived: number } | null {
    const last = this.#arrived.at(-1);
    if (last === undefined) return null;
    const from = this.#arrived.findIndex(({ atMs }) => last.atMs - atMs <= windowMs);
    const window = this.#arrived.slice(from);
    const [first] = window;
    if (first === undefined || last.atMs - first.atMs < windowMs / 2) return null;
    const bits = 8 * (window.reduce((sum, { bytes }) => sum + bytes, 0) - first.bytes);
    return {
      sent: (1000 * bits) / Math.max(1, last.sentAtMs - first.sentAtMs),
      arrived: (1000 * bits) / (last.atMs - first.atMs),
    };
  }

  #add({ sentAtMs, bytes }: Arrival, atMs: number): void {
    if (this.#isClockStep(sentAtMs, atMs)) this.#resetArrivals();
    this.#newestArrival = { sentAtMs, atMs };
    this.#count(sentAtMs, atMs, bytes);
    this.#remember(sentAtMs, atMs - sentAtMs);
    const train = this.#train;
    if (train !== null && sentAtMs - train.sentAtMs <= TRAIN_MS) {
      train.lastAtMs = Math.max(train.lastAtMs, atMs);
      train.bytes += bytes;
      train.packets++;
      return;
    }
    this.#train = { sentAtMs, atMs, lastAtMs: atMs, bytes: 0, packets: 1 };
    if (train !== null) this.#measure(train);
  }

  /** Whether the peer's clock was set since the previous arrival. Without this check packets would seem to have queued for hours. */
  #isClockStep(sentAtMs: number, atMs: number): boolean {
    if (this.#newestArrival === null) return false;
    const step = atMs - this.#newestArrival.atMs;
    return (
      step < -MAX_CLOCK_STEP_MS.back ||
      step - (sentAtMs - this.#newestArrival.sentAtMs) > MAX_CLOCK_STEP_MS.ahead
    );
  }

  /** Clears the state that depends on arrival times. Bitrate and loss are kept. */
  #resetArrivals(): void {
    this.#arrived = [];
    this.#delays = [];
    this.#train = null;
    this.#shortest = { ms: Number.POSITIVE_INFINITY, beforeMs: Number.POSITIVE_INFINITY, sinceMs: 0 };
    this.#grownAt = null;
  }

  #remember(sentAtMs: number, ms: number): void {
    this.#delays.push({ sentAtMs, ms });
    while (sentAtMs - (this.#delays[0]?.sentAtMs ?? sentAtMs) > DELAY_WINDOW_MS) this.#delays.shift();
    const { sinceMs, ms: shortest } = this.#shortest;
    if (sentAtMs - sinceMs > SHORTEST_WAY_MS) {
      this.#shortest = { ms, beforeMs: shortest, sinceMs: sentAtMs };
    } else this.#shortest.ms = Math.min(shortest, ms);
  }

  /** How long packets wait now before the narrowest place, ms; null where that is not known. */
  get #queueMs(): number | null {
    const first = this.#delays[0];
    const last = this.#delays.at(-1);
    if (first === undefined || last === undefined || this.#delays.length < LEAST_PACKETS) return null;
    if (last.sentAtMs - first.sentAtMs < LEAST_WINDOW_MS) return null;
    const { ms, beforeMs } = this.#shortest;
    return Math.min(...this.#delays.map((delay) => delay.ms)) - Math.min(ms, beforeMs);
  }

  #count(sentAtMs: number, atMs: number, bytes: number): void {
    this.#arrived.push({ sentAtMs, atMs, bytes });
    while (atMs - (this.#arrived[0]?.atMs ?? atMs) > RATE_WINDOW_MS || this.#arrived.length > MAX_ARRIVALS)
      this.#arrived.shift();
  }

  #measure({ atMs, lastAtMs, bytes, packets }: Train): void {
    const ms = lastAtMs - atMs;
    if (packets < 2 || (packets < TRAIN_PACKETS && ms < TRAIN_ARRIVAL_MS)) return;
    this.#trains.push({ rate: (8000 * bytes) / Math.max(ms, 0.25), packets });
    if (this.#trains.length > TRAINS) this.#trains.shift();
  }

  /** What the narrowest place carries as far as trains tell, bits per second; null before there were some. */
  get #capacity(): number | null {
    if (this.#trains.reduce((sum, { packets }) => sum + packets, 0) < LEAST_TRAIN_PACKETS) return null;
    // A lower one of them: what came in one go after a pause tells too much.
    const sorted = this.#trains.map(({ rate }) => rate).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)] ?? null;
  }

  #goDown(now: number, queueMs: number): void {
    const lately = this.#rates(RATE_WINDOW_MS);
    this.#grownAt = null;
    // Where the encoder uses little of what it may, a late packet says more of the peer than of the way.
    if (lately !== null && lately.sent < this.#bitrate / 2) {
      this.#set(2 * lately.sent);
      return;
    }
    // Packets that wait keep the link busy: it carries what arrives.
    const carried = this.#rates(DELAY_WINDOW_MS)?.arrived ?? this.#capacity ?? this.#bitrate;
    const share = Math.max(LEAST_WHILE_EMPTYING, 1 - queueMs / EMPTYING_MS);
    this.#isNew = false;
    this.#tooMuch = { bitrate: carried, atMs: now };
    this.#rateAfterwards = CARRIED_LEFT * carried;
    this.#set(Math.min(this.#bitrate, share * carried));
  }

  #goUp(now: number): void {
    const since = this.#grownAt;
    this.#grownAt = now;
    if (this.#rateAfterwards !== null) {
      this.#set(Math.max(this.#bitrate, this.#rateAfterwards));
      this.#rateAfterwards = null;
    }
    if (since === null || this.#loss > LOSS_HARMLESS) return;
    const rates = this.#rates(RATE_WINDOW_MS);
    // A view at rest sends nothing, which says nothing about the way.
    if (rates !== null && this.#bitrate > BEYOND_USE * rates.sent) return;
    const seconds = Math.min(now - since, 1000) / 1000;
    const capacity = this.#capacity;
    if (this.#isNew && capacity !== null && this.#trains.length >= LEAST_TRAINS) {
      this.#isNew = false;
      const atOnce = Math.min(CAPACITY_AT_ONCE * capacity, TIMES_AT_ONCE * this.#bitrate);
      this.#set(Math.max(this.#bitrate, atOnce));
    }
    const isNear = this.isFull(now) && this.#bitrate > 0.7 * this.#tooMuch.bitrate;
    const isQuick = !isNear && (capacity === null || this.#bitrate < CAPACITY_USED * capacity);
    this.#set(this.#bitrate * (isQuick ? UP : UP_SLOWLY) ** seconds);
  }

  #lookAtLoss(now: number): void {
    this.#lossSince ??= now;
    if (this.#told < LOSS_PACKETS || now - this.#lossSince < LOSS_MS) return;
    this.#loss = this.#lost / this.#told;
    this.#lost = 0;
    this.#told = 0;
    this.#lossSince = now;
    this.#followLoss(now);
  }

  #followLoss(now: number): void {
    // A queue that runs over is emptied anyway.
    if (this.#loss < LOSS_TOO_MUCH || this.#rateAfterwards !== null || now < this.#holdUntil) return;
    this.#tooMuch = { bitrate: this.#bitrate, atMs: now };
    this.#set(this.#bitrate * (1 - this.#loss / 2));
    this.#grownAt = null;
    this.#holdUntil = now + HOLD_MS;
  }

  #set(bitrate: number): void {
    this.#bitrate = Math.min(MOST_BITRATE, Math.max(LEAST_BITRATE, bitrate));
  }
}
