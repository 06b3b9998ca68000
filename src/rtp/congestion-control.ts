/** A packet that the peer has reported as received or lost. */
export interface PacketArrival {
  /** ms of our clock. */
  readonly sentAtMs: number;
  /** ms of the peer's clock; null if the packet was lost. */
  readonly arrivedAtMs: number | null;
  readonly bytes: number;
}

/** Limits of the target bitrate, bits per second. */
export const MIN_BITRATE = 300_000;
export const MAX_BITRATE = 20_000_000;
/** Initial target, bits per second: shows a frame immediately, even if the link cannot carry it for long. */
const INITIAL_BITRATE = 1_500_000;
/** At the start, and after a feedback timeout, the target increases once to this share of the estimated capacity … */
const STARTUP_CAPACITY_SHARE = 0.5;
/** … but at most by this factor. Wi-Fi aggregation makes packet trains overestimate the capacity. */
const MAX_STARTUP_FACTOR = 4;

/** Window of the minimum queueing delay, ms. Long enough that one large frame does not look like congestion. */
const DELAY_WINDOW_MS = 120;
/** Minimum number of packets in that window, and minimum time between the first and the last, ms. */
const MIN_DELAY_PACKETS = 3;
const MIN_DELAY_SPAN_MS = 60;
/** Window of the base delay, ms; the previous window counts as well. Clocks drift, and routes change. */
const BASE_DELAY_WINDOW_MS = 5_000;
/** Queueing delay below which the target can increase, ms. Busy receivers and radio links cause some delay as well. */
const NORMAL_QUEUE_MS = 15;
/** Queueing delay above which the link is overused, ms. */
const OVERUSE_QUEUE_MS = 30;
/** The queue should be drained after this time, ms: the longer it is, the lower the target while it drains … */
const DRAIN_MS = 600;
/** … but at least this share of the delivery rate. */
const MIN_DRAIN_SHARE = 0.5;
/** The target after the queue has drained, as a share of the delivery rate. */
const DRAIN_FACTOR = 0.9;

/** Growth per second near the last overuse, and elsewhere. */
const SLOW_GROWTH = 1.08;
const FAST_GROWTH = 1.5;
/** Growth is slow above this share of the overused bitrate. */
const NEAR_OVERUSE = 0.7;
/** An overuse is remembered for this time, ms. */
const OVERUSE_MEMORY_MS = 4_000;
/** Share of the estimated capacity up to which growth is fast. */
const FAST_GROWTH_CAPACITY_SHARE = 0.75;
/** Packets sent within this time of the first, ms, are a packet train. */
const TRAIN_MS = 1;
/** Minimum number of packets of a train, or minimum time over which it arrives, ms: the resolution of arrival times is 0.25 ms. */
const MIN_TRAIN_PACKETS = 4;
const MIN_TRAIN_ARRIVAL_MS = 5;
/** Maximum number of trains for the capacity estimate, and minimum number of their packets. */
const MAX_TRAINS = 15;
const MIN_CAPACITY_PACKETS = 6;
/** Minimum number of trains for the increase at the start. */
const MIN_STARTUP_TRAINS = 3;
/** Large frames are sent a little below the capacity, within these multiples of the target bitrate. */
const PACING_CAPACITY_SHARE = 0.9;
const MIN_PACING_FACTOR = 1.5;
const MAX_PACING_FACTOR = 5;
/** The multiple while the capacity is unknown. */
const DEFAULT_PACING_FACTOR = 2.5;
/** Feedback timeout, ms: a queue that delays feedback for longer is congestion. */
const FEEDBACK_TIMEOUT_MS = 1_000;
/** Minimum time between reductions for loss or a feedback timeout, ms: feedback on the packets sent since must arrive first. */
const HOLD_MS = 300;
/** The target does not grow beyond this multiple of the rate sent: the encoder does not need it. */
const MAX_UNUSED_FACTOR = 2;

/** Loss is measured over at least this number of packets and this time, ms. */
const MIN_LOSS_PACKETS = 60;
const MIN_LOSS_MS = 500;
/** Up to this loss, which RTX repairs, the target may increase. */
const MAX_HARMLESS_LOSS = 0.03;
/** From this loss on, the link is overused. */
const OVERUSE_LOSS = 0.1;

/** Window of the delivery rate, ms. */
const RATE_WINDOW_MS = 500;
/** Maximum number of arrivals kept for that. The window alone is no bound, since its times are by the peer's clock. */
const MAX_ARRIVALS = 4_096;
/**
 * Largest plausible step between two arrival times, ms: backwards by reordering, ahead by queueing. A larger one means that the peer's
 * clock was set.
 */
const MAX_CLOCK_STEP_MS = { back: 1_000, ahead: 30_000 } as const;

/** A packet train: packets sent together, whose arrival times show the capacity of the bottleneck. */
interface Train {
  sentAtMs: number;
  firstArrivalMs: number;
  lastArrivalMs: number;
  /** Bytes without the first packet. */
  bytes: number;
  packets: number;
}

/**
 * Congestion control: finds the target bitrate of a link. Uses neither a clock nor a network; times and arrivals are passed in.
 *
 * - Delay: the queueing delay is the one-way delay above the recent minimum (RFC 6817, section 2.4.2; RFC 8298, section 4.1.2). While
 *   packets queue, the link is busy, so that the delivery rate is its capacity (draft-ietf-rmcat-gcc-02, section 5.5, and the
 *   delivery rate of draft-ietf-ccwg-bbr). The target falls below it until the queue has drained, then to just below it, and grows
 *   slowly from there.
 * - Loss: above a tenth, the target is reduced by half of the loss (gcc, section 6). Lower loss is attributed to the link itself, and repaired by RTX.
 * - Capacity: the first packets of a frame are sent together, and their arrival times show the capacity of the bottleneck (packet
 *   trains). While that is far above the target, growth is fast; no probing is needed that would delay frames.
 */
export class CongestionControl {
  #bitrate = INITIAL_BITRATE;
  #overuse = { bitrate: Number.POSITIVE_INFINITY, atMs: Number.NEGATIVE_INFINITY };
  /** While a queue drains, the target after that. */
  #bitrateAfterDrain: number | null = null;
  #train: Train | null = null;
  /** One-way delays of the newest packets, from our clock to the peer's. */
  #delays: { sentAtMs: number; ms: number }[] = [];
  /** Minimum of the one-way delay in this window and in the previous one. */
  #baseDelay = { ms: Number.POSITIVE_INFINITY, previousMs: Number.POSITIVE_INFINITY, sinceMs: 0 };
  /** Rates of the newest trains, bits per second. */
  #trains: { rate: number; packets: number }[] = [];
  #arrivals: { sentAtMs: number; atMs: number; bytes: number }[] = [];
  /** The newest arrival, to detect that the peer's clock was set. */
  #newestArrival: { sentAtMs: number; atMs: number } | null = null;
  #lossSinceMs: number | null = null;
  #lostPackets = 0;
  #reportedPackets = 0;
  /** Recent share of lost packets, without retransmissions, 0 to 1. */
  loss = 0;
  #holdUntilMs = Number.NEGATIVE_INFINITY;
  #grownAtMs: number | null = null;
  /** Whether the increase at the start is still to come. */
  #isStarting = true;

  /** Target bitrate, bits per second. */
  get bitrate(): number {
    return Math.round(this.#bitrate);
  }

  /** Rate at which a large frame may be sent, bits per second. */
  get pacing(): number {
    const capacity = this.#capacity;
    if (capacity === null) return DEFAULT_PACING_FACTOR * this.#bitrate;
    const limit = Math.min(MAX_PACING_FACTOR * this.#bitrate, PACING_CAPACITY_SHARE * capacity);
    return Math.max(MIN_PACING_FACTOR * this.#bitrate, limit);
  }

  /** Whether the link was overused recently. */
  isOverusing(now: number): boolean {
    return now - this.#overuse.atMs < OVERUSE_MEMORY_MS;
  }

  /** Handles TWCC feedback. `packets` in the order in which they were sent; `now`: ms of our clock. */
  onArrivals(packets: readonly PacketArrival[], now: number): void {
    for (const packet of packets) {
      this.#reportedPackets++;
      if (packet.arrivedAtMs === null) this.#lostPackets++;
      else this.#addArrival(packet, packet.arrivedAtMs);
    }
    this.#updateLoss(now);
    const queueMs = this.#queueMs;
    if (queueMs !== null && queueMs > OVERUSE_QUEUE_MS) this.#drain(now, queueMs);
    else if (queueMs !== null && queueMs <= NORMAL_QUEUE_MS) this.#grow(now);
    else this.#grownAtMs = null;
  }

  /** To be called while there is no feedback for packets sent `elapsedMs` ago. */
  onFeedbackTimeout(elapsedMs: number, now: number): void {
    if (elapsedMs < FEEDBACK_TIMEOUT_MS || now < this.#holdUntilMs) return;
    this.#setBitrate(this.#bitrate / 2);
    this.#trains = [];
    this.#isStarting = true;
    this.#holdUntilMs = now + HOLD_MS;
  }

  /** Handles a receiver report of a peer without TWCC. `fractionLost`: 0 to 1, since the previous report. */
  onReceiverReport(fractionLost: number, now: number): void {
    this.loss = fractionLost;
    this.#reduceForLoss(now);
    this.#grow(now);
  }

  /** Recent rates, bits per second, at which packets were sent and arrived; null if unknown. */
  #rates(windowMs: number): { sent: number; arrived: number } | null {
    const last = this.#arrivals.at(-1);
    if (last === undefined) return null;
    const from = this.#arrivals.findIndex(({ atMs }) => last.atMs - atMs <= windowMs);
    const window = this.#arrivals.slice(from);
    const [first] = window;
    if (first === undefined || last.atMs - first.atMs < windowMs / 2) return null;
    const bits = 8 * (window.reduce((sum, { bytes }) => sum + bytes, 0) - first.bytes);
    return {
      sent: (1000 * bits) / Math.max(1, last.sentAtMs - first.sentAtMs),
      arrived: (1000 * bits) / (last.atMs - first.atMs),
    };
  }

  #addArrival({ sentAtMs, bytes }: PacketArrival, atMs: number): void {
    if (this.#isClockStep(sentAtMs, atMs)) this.#resetArrivals();
    this.#newestArrival = { sentAtMs, atMs };
    this.#arrivals.push({ sentAtMs, atMs, bytes });
    while (
      atMs - (this.#arrivals[0]?.atMs ?? atMs) > RATE_WINDOW_MS ||
      this.#arrivals.length > MAX_ARRIVALS
    ) {
      this.#arrivals.shift();
    }
    this.#addDelay(sentAtMs, atMs - sentAtMs);
    const train = this.#train;
    if (train !== null && sentAtMs - train.sentAtMs <= TRAIN_MS) {
      train.lastArrivalMs = Math.max(train.lastArrivalMs, atMs);
      train.bytes += bytes;
      train.packets++;
      return;
    }
    this.#train = { sentAtMs, firstArrivalMs: atMs, lastArrivalMs: atMs, bytes: 0, packets: 1 };
    if (train !== null) this.#measureTrain(train);
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
    this.#arrivals = [];
    this.#delays = [];
    this.#train = null;
    this.#baseDelay = { ms: Number.POSITIVE_INFINITY, previousMs: Number.POSITIVE_INFINITY, sinceMs: 0 };
    this.#grownAtMs = null;
  }

  #addDelay(sentAtMs: number, ms: number): void {
    this.#delays.push({ sentAtMs, ms });
    while (sentAtMs - (this.#delays[0]?.sentAtMs ?? sentAtMs) > DELAY_WINDOW_MS) this.#delays.shift();
    const { sinceMs, ms: minimum } = this.#baseDelay;
    if (sentAtMs - sinceMs > BASE_DELAY_WINDOW_MS) {
      this.#baseDelay = { ms, previousMs: minimum, sinceMs: sentAtMs };
    } else this.#baseDelay.ms = Math.min(minimum, ms);
  }

  /** Queueing delay before the bottleneck, ms; null if unknown. */
  get #queueMs(): number | null {
    const first = this.#delays[0];
    const last = this.#delays.at(-1);
    if (first === undefined || last === undefined || this.#delays.length < MIN_DELAY_PACKETS) return null;
    if (last.sentAtMs - first.sentAtMs < MIN_DELAY_SPAN_MS) return null;
    const { ms, previousMs } = this.#baseDelay;
    return Math.min(...this.#delays.map((delay) => delay.ms)) - Math.min(ms, previousMs);
  }

  #measureTrain({ firstArrivalMs, lastArrivalMs, bytes, packets }: Train): void {
    const ms = lastArrivalMs - firstArrivalMs;
    if (packets < 2 || (packets < MIN_TRAIN_PACKETS && ms < MIN_TRAIN_ARRIVAL_MS)) return;
    this.#trains.push({ rate: (8000 * bytes) / Math.max(ms, 0.25), packets });
    if (this.#trains.length > MAX_TRAINS) this.#trains.shift();
  }

  /** Capacity of the bottleneck estimated from packet trains, bits per second; null if there are too few. */
  get #capacity(): number | null {
    if (this.#trains.reduce((sum, { packets }) => sum + packets, 0) < MIN_CAPACITY_PACKETS) return null;
    // The lower quartile: trains that a radio link delivered in one piece show too much.
    const sorted = this.#trains.map(({ rate }) => rate).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)] ?? null;
  }

  /** Reduces the target so that the queue drains. */
  #drain(now: number, queueMs: number): void {
    const recent = this.#rates(RATE_WINDOW_MS);
    this.#grownAtMs = null;
    // If the encoder uses little of the target, the delay is caused by the peer rather than by the link.
    if (recent !== null && recent.sent < this.#bitrate / 2) {
      this.#setBitrate(2 * recent.sent);
      return;
    }
    const delivered = this.#rates(DELAY_WINDOW_MS)?.arrived ?? this.#capacity ?? this.#bitrate;
    const share = Math.max(MIN_DRAIN_SHARE, 1 - queueMs / DRAIN_MS);
    this.#isStarting = false;
    this.#overuse = { bitrate: delivered, atMs: now };
    this.#bitrateAfterDrain = DRAIN_FACTOR * delivered;
    this.#setBitrate(Math.min(this.#bitrate, share * delivered));
  }

  #grow(now: number): void {
    const since = this.#grownAtMs;
    this.#grownAtMs = now;
    if (this.#bitrateAfterDrain !== null) {
      this.#setBitrate(Math.max(this.#bitrate, this.#bitrateAfterDrain));
      this.#bitrateAfterDrain = null;
    }
    if (since === null || this.loss > MAX_HARMLESS_LOSS) return;
    const rates = this.#rates(RATE_WINDOW_MS);
    // A still view sends nothing, and feedback then does not show whether the link carries more.
    if (rates !== null && this.#bitrate > MAX_UNUSED_FACTOR * rates.sent) return;
    const seconds = Math.min(now - since, 1000) / 1000;
    const capacity = this.#capacity;
    if (this.#isStarting && capacity !== null && this.#trains.length >= MIN_STARTUP_TRAINS) {
      this.#isStarting = false;
      const start = Math.min(STARTUP_CAPACITY_SHARE * capacity, MAX_STARTUP_FACTOR * this.#bitrate);
      this.#setBitrate(Math.max(this.#bitrate, start));
    }
    const isNearOveruse = this.isOverusing(now) && this.#bitrate > NEAR_OVERUSE * this.#overuse.bitrate;
    const isFast =
      !isNearOveruse && (capacity === null || this.#bitrate < FAST_GROWTH_CAPACITY_SHARE * capacity);
    this.#setBitrate(this.#bitrate * (isFast ? FAST_GROWTH : SLOW_GROWTH) ** seconds);
  }

  #updateLoss(now: number): void {
    this.#lossSinceMs ??= now;
    if (this.#reportedPackets < MIN_LOSS_PACKETS || now - this.#lossSinceMs < MIN_LOSS_MS) return;
    this.loss = this.#lostPackets / this.#reportedPackets;
    this.#lostPackets = 0;
    this.#reportedPackets = 0;
    this.#lossSinceMs = now;
    this.#reduceForLoss(now);
  }

  #reduceForLoss(now: number): void {
    // A queue that has overflowed is already being drained.
    if (this.loss < OVERUSE_LOSS || this.#bitrateAfterDrain !== null || now < this.#holdUntilMs) return;
    this.#overuse = { bitrate: this.#bitrate, atMs: now };
    this.#setBitrate(this.#bitrate * (1 - this.loss / 2));
    this.#grownAtMs = null;
    this.#holdUntilMs = now + HOLD_MS;
  }

  #setBitrate(bitrate: number): void {
    this.#bitrate = Math.min(MAX_BITRATE, Math.max(MIN_BITRATE, bitrate));
  }
}
