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
/** Then, and after a silence, so much of what trains of packets show is taken at once. */
const CAPACITY_AT_ONCE = 0.5;

/** Packets that were sent within so long of the first are one group, ms: frames and paced pieces of them. */
const GROUP_MS = 5;
/** How long packets wait is told by those that wait the least within so long, ms: a large frame's own wait for it alone. */
const DELAY_WINDOW_MS = 200;
/** Fewer of them, or within less time, ms, tell nothing. */
const LEAST_PACKETS = 5;
const LEAST_WINDOW_MS = 90;
/** … and by the shortest way that there was within one or two times so long, ms: clocks drift, and ways change. */
const SHORTEST_WAY_MS = 5_000;
/** Waiting so long, ms, is by chance: a busy receiver, a radio link. */
const WAIT_BY_CHANCE_MS = 15;
/** Waiting so long is in a queue that this sender fills. */
const WAIT_TOO_LONG_MS = 30;
/** Of what arrives while the delay grows this much is asked for: the queue empties. */
const DOWN = 0.85;
/** A queue so long, ms, is emptied faster. */
const LONG_QUEUE_MS = 60;
const DOWN_AND_EMPTY = 0.7;
/** After going down the delay is looked at anew when what was sent since has come, ms at least … */
const AFTER_DOWN_MS = 300;
/** … and the queue had its time to empty: so many times as long as it was, and so long at most, ms. */
const EMPTYING = 4;
const LONGEST_EMPTYING_MS = 800;

/** Growth a second, towards what was too much before, and where nothing is known. */
const UP_SLOWLY = 1.08;
const UP = 1.5;
/** Trains of packets show what a link carries: up to this part of it growth is quick. */
const CAPACITY_USED = 0.6;
/** A train has so many packets, sent within a group. */
const TRAIN_PACKETS = 4;
const TRAINS = 15;
/** Fewer tell nothing. */
const LEAST_TRAINS = 3;
/** A peer that tells of packets and has not for so long, ms, has a queue before it that is longer than any should be. */
const SILENCE_MS = 700;
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

interface Group {
  sentAtMs: number;
  lastSentAtMs: number;
  atMs: number;
  lastAtMs: number;
  bytes: number;
  firstBytes: number;
  packets: number;
}

/**
 * Finds the bit rate that a peer's way takes: up slowly, down at once. Knows no clock and no network; it is told of both.
 *
 * The delay counts most: packets that take ever longer wait in a queue that this sender fills, and it is emptied by sending
 * less than what arrives. Loss of more than a tenth halves itself away; less is the link's own, and mended. A frame's
 * packets leave together, so how far apart they arrive tells what the narrowest place carries: while that is far more than
 * the rate, growth is quick, and no probe is needed that would get in the picture's way.
 */
export class CongestionControl {
  #bitrate = FIRST_BITRATE;
  /** The rate at which the delay last grew; null: never, or long ago. */
  #tooMuch: number | null = null;
  #group: Group | null = null;
  /** How long the newest packets took, from our clock to the peer's. */
  #delays: { sentAtMs: number; ms: number }[] = [];
  /** The shortest that any took, lately and before that, and since when. */
  #shortest = { ms: Number.POSITIVE_INFINITY, beforeMs: Number.POSITIVE_INFINITY, sinceMs: 0 };
  #trains: number[] = [];
  #arrived: { sentAtMs: number; atMs: number; bytes: number }[] = [];
  #arrivedBytes = 0;
  #lossSince: number | null = null;
  #lost = 0;
  #told = 0;
  #loss = 0;
  #heldUntil = Number.NEGATIVE_INFINITY;
  #grownAt: number | null = null;
  /** Whether the way is new, or was silent. */
  #isNew = true;

  /** Bits per second. */
  get bitrate(): number {
    return Math.round(this.#bitrate);
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
      else this.#addToGroup(packet, packet.atMs);
    }
    this.#lookAtLoss(now);
    const queueMs = this.#queueMs;
    if (queueMs !== null && queueMs > WAIT_TOO_LONG_MS) this.#goDown(now, queueMs);
    else this.#goUp(now, queueMs === null || queueMs > WAIT_BY_CHANCE_MS);
  }

  /** Tells that nothing was heard of packets that left so long ago, ms. */
  silent(forMs: number, now: number): void {
    if (forMs < SILENCE_MS || now < this.#heldUntil) return;
    this.#set(this.#bitrate / 2);
    this.#trains = [];
    this.#isNew = true;
    this.#startAnew(now);
  }

  /** Tells of a peer's report, for those who say nothing of single packets. `lost`: 0 to 1, since the report before. */
  reported(lost: number, now: number): void {
    this.#loss = lost;
    this.#followLoss(now);
    this.#goUp(now, false);
  }

  /** Bits per second of what came lately, as it was sent and as it arrived; null where that is not known. */
  get #rates(): { sent: number; arrived: number } | null {
    const first = this.#arrived[0];
    const last = this.#arrived.at(-1);
    if (first === undefined || last === undefined || last.atMs - first.atMs < RATE_WINDOW_MS / 2) return null;
    const bits = 8000 * (this.#arrivedBytes - first.bytes);
    return {
      sent: bits / Math.max(1, last.sentAtMs - first.sentAtMs),
      arrived: bits / (last.atMs - first.atMs),
    };
  }

  #addToGroup({ sentAtMs, bytes }: Arrival, atMs: number): void {
    this.#count(sentAtMs, atMs, bytes);
    this.#remember(sentAtMs, atMs - sentAtMs);
    const group = this.#group;
    if (group !== null && sentAtMs - group.sentAtMs <= GROUP_MS) {
      group.lastSentAtMs = Math.max(group.lastSentAtMs, sentAtMs);
      group.lastAtMs = Math.max(group.lastAtMs, atMs);
      group.bytes += bytes;
      group.packets++;
      return;
    }
    const next = {
      sentAtMs,
      lastSentAtMs: sentAtMs,
      atMs,
      lastAtMs: atMs,
      bytes,
      firstBytes: bytes,
      packets: 1,
    };
    this.#group = next;
    if (group !== null) this.#measureTrain(group);
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
    this.#arrivedBytes += bytes;
    for (;;) {
      const first = this.#arrived[0];
      if (first === undefined || atMs - first.atMs <= RATE_WINDOW_MS) return;
      this.#arrived.shift();
      this.#arrivedBytes -= first.bytes;
    }
  }

  #measureTrain(group: Group): void {
    const ms = group.lastAtMs - group.atMs;
    if (group.packets < TRAIN_PACKETS) return;
    // Arrival times come in steps of a quarter of a millisecond.
    this.#trains.push((8000 * (group.bytes - group.firstBytes)) / Math.max(ms, 0.25));
    if (this.#trains.length > TRAINS) this.#trains.shift();
  }

  /** What the narrowest place carries as far as trains tell, bits per second; null before there were some. */
  get #capacity(): number | null {
    if (this.#trains.length < LEAST_TRAINS) return null;
    // A lower one of them: what came in one go after a pause tells too much.
    const sorted = [...this.#trains].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)] ?? null;
  }

  #goDown(now: number, queueMs: number): void {
    if (now < this.#heldUntil) return;
    const rates = this.#rates;
    // Where the encoder uses little of what it may, a late packet says more of the peer than of the way.
    const isUsed = rates !== null && rates.sent > this.#bitrate / 2;
    const enough = rates === null ? this.#bitrate : isUsed ? rates.arrived : 2 * rates.sent;
    this.#isNew = false;
    this.#tooMuch = Math.min(this.#bitrate, enough);
    const down = queueMs > LONG_QUEUE_MS ? DOWN_AND_EMPTY : DOWN;
    this.#set(Math.min(down * this.#bitrate, isUsed ? down * enough : enough));
    this.#startAnew(now + Math.min(EMPTYING * queueMs, LONGEST_EMPTYING_MS));
  }

  /** `from`: when the queue has emptied. */
  #startAnew(from: number): void {
    this.#heldUntil = from + AFTER_DOWN_MS;
    this.#grownAt = null;
    this.#delays = [];
  }

  #goUp(now: number, isUncertain: boolean): void {
    const since = this.#grownAt;
    this.#grownAt = now;
    if (since === null || isUncertain || now < this.#heldUntil || this.#loss > LOSS_HARMLESS) return;
    const rates = this.#rates;
    // A view at rest sends nothing, which says nothing about the way.
    if (rates !== null && this.#bitrate > BEYOND_USE * rates.sent) return;
    const seconds = Math.min(now - since, 1000) / 1000;
    const capacity = this.#capacity;
    if (this.#isNew && capacity !== null) {
      this.#isNew = false;
      this.#set(Math.max(this.#bitrate, CAPACITY_AT_ONCE * capacity));
    }
    const isNear = this.#tooMuch !== null && this.#bitrate > 0.7 * this.#tooMuch;
    const isQuick = !isNear && (capacity === null || this.#bitrate < CAPACITY_USED * capacity);
    this.#set(this.#bitrate * (isQuick ? UP : UP_SLOWLY) ** seconds);
    // It was another time, or another link.
    if (this.#tooMuch !== null && this.#bitrate > 1.3 * this.#tooMuch) this.#tooMuch = null;
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
    if (this.#loss < LOSS_TOO_MUCH || now < this.#heldUntil) return;
    this.#tooMuch = this.#bitrate;
    this.#set(this.#bitrate * (1 - this.#loss / 2));
    this.#startAnew(now);
  }

  #set(bitrate: number): void {
    this.#bitrate = Math.min(MOST_BITRATE, Math.max(LEAST_BITRATE, bitrate));
  }
}
