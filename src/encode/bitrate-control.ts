import { LAYER_BITRATES } from "./encoded-video.ts";

/** What is begun with, bit/s: a wire or a good radio carries it, and a scene in 1280x720 looks well with it. */
const FIRST_BITRATE = 8_000_000;
/** A frame may be on its way for so long beyond what its bytes take at the bitrate, ms: hitches of anybody's are shorter. */
const SLACK_MS = 50;
/** No way is so long, ms: what takes longer has waited, and is judged by itself. */
const LONGEST_MS = 1500;
/** So many of the newest frames are judged by, and most of them must be late: one that is late is none of the connection. */
const JUDGED = 5;
/** After too much: to so much of what arrives … */
const DOWN = 0.85;
/** … but to no less than this of what it was: a stream may have been asked for less than it might have. */
const LEAST_DOWN = 0.5;
/** Nothing is said about a change before frames have come that were sent after it, nor sooner than that, ms. */
const SETTLE_MS = 300;
/** After frames that came in time for so long, ms, more is tried … */
const UP_AFTER_MS = 500;
/** … so much more; */
const UP = 1.1;
/** after too much only after so long, twice as long each time, to this at most. */
const RETRY_MS = 2_000;
const LONGEST_RETRY_MS = 64_000;
/** The way there and back is the shortest of so long, ms: a laptop changes its network. */
const WAY_MS = 20_000;

/** A frame of a video that has arrived. */
export interface VideoDelivery {
  readonly bytes: number;
  /** From handing it over to hearing that it is there. */
  readonly ms: number;
}

/**
 * The bitrate that a connection takes, by how long frames are on their way: down when they come to wait for each other, and
 * slowly up while they do not.
 */
export class BitrateControl {
  #bitrate = FIRST_BITRATE;
  /** Of the newest: how late each was, ms. */
  #late: boolean[] = [];
  /** Shortest ways of this and the last period, ms. */
  #way = Number.POSITIVE_INFINITY;
  #wayBefore = Number.POSITIVE_INFINITY;
  #waySince: number | null = null;
  #movedAt: number | null = null;
  #retryMs = RETRY_MS;
  #wentDownAt = Number.NEGATIVE_INFINITY;
  /** Bytes that have arrived lately, and when. */
  #arrived: { at: number; bytes: number }[] = [];
  #smoothedMs: number | null = null;

  /** bit/s */
  get bitrate(): number {
    return this.#bitrate;
  }

  /** From handing a frame over to hearing of it, smoothed; null before the first. */
  get rttMs(): number | null {
    return this.#smoothedMs;
  }

  /** How long a frame may be on its way without being late, ms; null before the first has arrived. */
  allowedMs(bytes: number): number | null {
    const way = Math.min(this.#way, this.#wayBefore);
    if (!Number.isFinite(way)) return null;
    return Math.min(way + (bytes * 8000) / this.#bitrate + SLACK_MS, LONGEST_MS);
  }

  /** Tells of a frame that has arrived at `now`, ms of any clock. */
  onDelivered({ bytes, ms }: VideoDelivery, now: number): void {
    this.#smoothedMs = this.#smoothedMs === null ? ms : this.#smoothedMs + 0.2 * (ms - this.#smoothedMs);
    this.#followWay(ms, now);
    this.#arrived = [...this.#arrived.filter(({ at }) => now - at < 1000), { at: now, bytes }];
    this.#movedAt ??= now - ms;
    if (now - ms < this.#movedAt) return;
    this.#late = [...this.#late, ms > (this.allowedMs(bytes) ?? Number.POSITIVE_INFINITY)].slice(-JUDGED);
    if (now - this.#movedAt < SETTLE_MS) return;
    const late = this.#late.filter(Boolean).length;
    if (late > JUDGED / 2 || ms > LONGEST_MS) this.#goDown({ bytes, ms }, now);
    else if (late === 0) this.#goUp(now);
  }

  #goDown({ bytes, ms }: VideoDelivery, now: number): void {
    const first = this.#arrived[0];
    const arrived = this.#arrived.slice(1).reduce((sum, each) => sum + each.bytes, 0);
    // One frame alone in the last second has taken longer than that.
    const bytesPerMs = first === undefined || first.at === now ? bytes / ms : arrived / (now - first.at);
    const measured = bytesPerMs * 8000;
    if (now - this.#wentDownAt < LONGEST_RETRY_MS) {
      this.#retryMs = Math.min(2 * this.#retryMs, LONGEST_RETRY_MS);
    } else this.#retryMs = RETRY_MS;
    this.#wentDownAt = now;
    const least = ms > LONGEST_MS ? 0 : this.#bitrate * LEAST_DOWN;
    this.#move(Math.max(Math.min(measured, this.#bitrate) * DOWN, least), now);
  }

  #goUp(now: number): void {
    if (now - (this.#movedAt ?? now) < UP_AFTER_MS || now - this.#wentDownAt < this.#retryMs) return;
    this.#move(this.#bitrate * UP, now);
  }

  #move(bitrate: number, now: number): void {
    this.#bitrate = Math.min(Math.max(bitrate, LAYER_BITRATES[2].min), LAYER_BITRATES[0].max);
    this.#movedAt = now;
    this.#late = [];
  }

  #followWay(ms: number, now: number): void {
    this.#waySince ??= now;
    if (now - this.#waySince > WAY_MS) {
      this.#wayBefore = this.#way;
      this.#way = Number.POSITIVE_INFINITY;
      this.#waySince = now;
    }
    this.#way = Math.min(this.#way, ms);
  }
}
