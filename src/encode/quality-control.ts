import type { Tier } from "./frame.ts";

/** A picture that has arrived, or was taken by the connection. */
export interface Delivery {
  readonly bytes: number;
  /** From handing it over to hearing that it is there, or that the connection takes more. */
  readonly ms: number;
  /** Frames that came and went meanwhile. */
  readonly skipped: number;
  /** Whether it was one of a view at rest, which is larger than those of its tier. */
  readonly still: boolean;
}

/** Pictures whose bytes take so long, while others pass by, are too large. One that takes twice as long is enough. */
const TOO_LONG_MS = 60;
/** So long may the bytes of a better tier's picture take, as far as can be told beforehand. */
const EASY_MS = 25;
/** By how much those are more, about (see TIER_JPEG). */
const NEXT_TIER_BYTES = 1.4;
/** How long a better tier must look easy before it is tried; twice as long after each time that it was not … */
const UP_AFTER_MS = 2_000;
/** … to this at most. */
const LONGEST_UP_AFTER_MS = 64_000;
/** A tier that was left for the worse so soon was not easy. */
const PROBATION_MS = 10_000;
/** After so many pictures of a tier it is known what it brought. */
const TRIAL_PICTURES = 4;
const SMOOTHING = 0.3;

/** What the pictures of one tier were like, smoothed. */
interface Average {
  bytes: number;
  ms: number;
}

/**
 * Which quality a connection takes, by how its pictures go: down at once, up slowly.
 *
 * A picture takes the way there and back and the time of its bytes; smaller ones help with the second alone. How much the
 * first is shows when the tier changes, by what fewer bytes saved. Before that all the time is taken for that of bytes.
 */
export class QualityControl {
  #tier: Tier = 0;
  /** The part of the time that does not depend on bytes, ms. */
  #latencyMs = 0;
  /** Time of the bytes; null before the first picture. */
  #msPerByte: number | null = null;
  #average: Average | null = null;
  /** Pictures since the last change of tier. */
  #count = 0;
  /** What the tier before was like. */
  #before: Average | null = null;
  #easySince: number | null = null;
  #upAfterMs = UP_AFTER_MS;
  #wentUpAt = Number.NEGATIVE_INFINITY;
  #smoothedMs: number | null = null;

  get tier(): Tier {
    return this.#tier;
  }

  /** From handing a picture over to hearing of it, smoothed; null before the first. */
  get ms(): number | null {
    return this.#smoothedMs;
  }

  /** Whether so many bytes arrive in less time than the view has rested for already. */
  takes(bytes: number, restedMs: number): boolean {
    return this.#msPerByte !== null && bytes * this.#msPerByte <= restedMs;
  }

  /** Tells of a delivery that was done at `now`, ms of any clock. */
  took({ bytes, ms, skipped, still }: Delivery, now: number): void {
    this.#latencyMs = Math.min(this.#latencyMs, ms);
    const ofBytesMs = ms - this.#latencyMs;
    this.#msPerByte = smooth(this.#msPerByte, ofBytesMs / Math.max(1, bytes));
    this.#smoothedMs = smooth(this.#smoothedMs, ms);
    if (still) return;
    const average = this.#average;
    this.#average = { bytes: smooth(average?.bytes, bytes), ms: smooth(average?.ms, ms) };
    if (++this.#count === TRIAL_PICTURES) this.#learn(this.#average);
    if (!this.#goDown(this.#average, ofBytesMs, skipped, now)) this.#goUp(this.#average, now);
  }

  /** Returns whether it did, or would if it could. */
  #goDown(average: Average, ofBytesMs: number, skipped: number, now: number): boolean {
    const averageMs = average.ms - this.#latencyMs;
    const isTooLong = averageMs > TOO_LONG_MS || ofBytesMs > 2 * TOO_LONG_MS;
    // The first picture also waits for TCP to find out how fast it may send.
    if (!isTooLong || skipped === 0 || this.#count === 1) return false;
    // What the last step brought is to be known before the next.
    if (this.#tier === 2 || (this.#before !== null && this.#count < TRIAL_PICTURES)) return true;
    if (now - this.#wentUpAt < PROBATION_MS) {
      this.#upAfterMs = Math.min(2 * this.#upAfterMs, LONGEST_UP_AFTER_MS);
    }
    this.#move(this.#tier === 0 && ofBytesMs <= 4 * TOO_LONG_MS ? 1 : 2);
    return true;
  }

  #goUp({ ms }: Average, now: number): void {
    if (now - this.#wentUpAt > LONGEST_UP_AFTER_MS) this.#upAfterMs = UP_AFTER_MS;
    const isEasy = (ms - this.#latencyMs) * NEXT_TIER_BYTES <= EASY_MS;
    if (!isEasy || this.#tier === 0 || this.#count < TRIAL_PICTURES) {
      this.#easySince = null;
      return;
    }
    this.#easySince ??= now;
    if (now - this.#easySince < this.#upAfterMs) return;
    this.#wentUpAt = now;
    this.#move(this.#tier === 2 ? 1 : 0);
  }

  #move(tier: Tier): void {
    this.#tier = tier;
    this.#before = this.#average;
    this.#average = null;
    this.#count = 0;
    this.#easySince = null;
  }

  /** Tells the way there and back from the time of the bytes, by two tiers whose pictures differ. */
  #learn(after: Average): void {
    const before = this.#before;
    this.#before = null;
    if (before === null || Math.abs(before.bytes - after.bytes) < before.bytes / 10) return;
    const msPerByte = Math.max(0, (before.ms - after.ms) / (before.bytes - after.bytes));
    this.#latencyMs = Math.max(0, after.ms - msPerByte * after.bytes);
  }
}

function smooth(before: number | null | undefined, value: number): number {
  return before === null || before === undefined ? value : before + SMOOTHING * (value - before);
}
