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
/** Fair quality at 720p, and known to be too much within a second. */
const FIRST_BITRATE = 3_000_000;

/** Packets that were sent within so long of the first are one group, ms: frames and paced pieces of them. */
const GROUP_MS = 5;
/** So many groups make the trend of the delay. */
const TREND_GROUPS = 20;
/** Before so many there is none. */
const LEAST_GROUPS = 5;
/** The delay grows by less than this part of the time by chance: a busy receiver, a radio link. */
const TREND_TOO_MUCH = 0.03;
/** … and by less than this, ms, in all. */
const GROWTH_TOO_MUCH_MS = 10;
/** Of what arrives while the delay grows this much is asked for: the queue empties. */
const DOWN = 0.85;
/** A queue that takes longer than this, ms, is emptied … */
const LONG_QUEUE_MS = 60;
/** … by this much less than what arrives … */
const DOWN_AND_EMPTY = 0.7;
/** … and before it is short again nothing grows, for so long at most, ms: what seems a queue may be another way. */
const EMPTYING_MS = 5_000;
/** After going down the delay is looked at anew when what was sent since has come, ms at least. */
const AFTER_DOWN_MS = 300;

/** Growth a second, towards what was too much before, and where nothing is known. */
const UP_SLOWLY = 1.08;
const UP = 1.5;
/** Trains of packets show what a link carries: up to this part of it growth is quick. */
const CAPACITY_USED = 0.6;
/** A train has so many packets, sent within a group. */
const TRAIN_PACKETS = 5;
const TRAINS = 15;
/** Growth stops where the encoder does not use what it has: this many times what arrives. */
const BEYOND_USE = 2;

/** Of packets, over at least so many and so long, ms. */
const LOSS_PACKETS = 20;
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
  /** Of each group: when it came, and how much later than the first one, smoothed. */
  #delays: { atMs: number; ms: number }[] = [];
  #delayMs = 0;
  #trains: number[] = [];
  #arrived: { sentAtMs: number; atMs: number; bytes: number }[] = [];
  #arrivedBytes = 0;
  #lossSince: number | null = null;
  #lost = 0;
  #told = 0;
  #loss = 0;
  #heldUntil = Number.NEGATIVE_INFINITY;
  #wentDownAt = Number.NEGATIVE_INFINITY;
  /** The shortest time from our clock to the peer's that a packet took, and what the newest took beyond it, ms. */
  #shortestMs = Number.POSITIVE_INFINITY;
  #queueMs = 0;
  #grownAt: number | null = null;

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
    const trend = this.#trend();
    if (trend === "grows") this.#goDown(now);
    else this.#goUp(now, trend === "unknown");
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
    this.#shortestMs = Math.min(this.#shortestMs, atMs - sentAtMs);
    this.#queueMs = atMs - sentAtMs - this.#shortestMs;
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
    if (group === null) return;
    this.#measureTrain(group);
    const more = next.atMs - group.atMs - (next.sentAtMs - group.sentAtMs);
    this.#delayMs += more;
    const smoothed = this.#delays.at(-1)?.ms ?? this.#delayMs;
    this.#delays.push({ atMs: next.atMs, ms: smoothed + 0.4 * (this.#delayMs - smoothed) });
    if (this.#delays.length > TREND_GROUPS) this.#delays.shift();
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
    if (this.#trains.length < TRAIN_PACKETS) return null;
    // A lower one of them: what came in one go after a pause tells too much.
    const sorted = [...this.#trains].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)] ?? null;
  }

  /** The slope of the delay over the newest groups, by least squares. */
  #trend(): "grows" | "calm" | "unknown" {
    const points = this.#delays;
    const first = points[0];
    const last = points.at(-1);
    if (first === undefined || last === undefined || points.length < LEAST_GROUPS) return "unknown";
    const n = points.length;
    const meanAt = points.reduce((sum, { atMs }) => sum + atMs, 0) / n;
    const meanMs = points.reduce((sum, { ms }) => sum + ms, 0) / n;
    let up = 0;
    let down = 0;
    for (const { atMs, ms } of points) {
      up += (atMs - meanAt) * (ms - meanMs);
      down += (atMs - meanAt) ** 2;
    }
    const slope = down === 0 ? 0 : up / down;
    const grown = slope * (last.atMs - first.atMs);
    return slope > TREND_TOO_MUCH && grown > GROWTH_TOO_MUCH_MS ? "grows" : "calm";
  }

  #goDown(now: number): void {
    if (now < this.#heldUntil) return;
    const rates = this.#rates;
    // Where the encoder uses little of what it may, a late packet says more of the peer than of the way.
    const isUsed = rates !== null && rates.sent > this.#bitrate / 2;
    const enough = rates === null ? this.#bitrate : isUsed ? rates.arrived : 2 * rates.sent;
    this.#tooMuch = Math.min(this.#bitrate, enough);
    const down = this.#queueMs > LONG_QUEUE_MS ? DOWN_AND_EMPTY : DOWN;
    this.#set(Math.min(down * this.#bitrate, isUsed ? down * enough : enough));
    this.#wentDownAt = now;
    this.#startAnew(now);
  }

  #startAnew(now: number): void {
    this.#heldUntil = now + AFTER_DOWN_MS;
    this.#grownAt = null;
    this.#delays = [];
    this.#delayMs = 0;
  }

  #goUp(now: number, isUnknown: boolean): void {
    const since = this.#grownAt;
    this.#grownAt = now;
    if (since === null || isUnknown || now < this.#heldUntil || this.#loss > LOSS_HARMLESS) return;
    if (this.#queueMs > LONG_QUEUE_MS && now - this.#wentDownAt < EMPTYING_MS) return;
    const rates = this.#rates;
    // A view at rest sends nothing, which says nothing about the way.
    if (rates !== null && this.#bitrate > BEYOND_USE * rates.sent) return;
    const seconds = Math.min(now - since, 1000) / 1000;
    const capacity = this.#capacity;
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
