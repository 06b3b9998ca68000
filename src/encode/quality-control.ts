import type { QualityLevel } from "./frame.ts";

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

/** Pictures whose bytes take so long, while others pass by, are too large. */
const TOO_LONG_MS = 60;
/** Where they take so long, the smallest are tried next. */
const MUCH_TOO_LONG_MS = 240;
/** The middle one of so many is judged by: a hitch of anybody's is none of the connection. */
const JUDGED = 3;
/** How soon a better tier is tried; twice as late after each time that it was too much … */
const UP_AFTER_MS = 2_000;
/** … to this at most. */
const LONGEST_UP_AFTER_MS = 64_000;
/** A tier that was left for the worse so soon was too much. */
const PROBATION_MS = 10_000;
/** After so many pictures of a tier it is known what it brought. */
const TRIAL_PICTURES = 4;
const SMOOTHING = 0.3;

/** What the pictures of one tier were like. */
interface Measured {
  bytes: number;
  ms: number;
}

/**
 * Which quality a connection takes, by how its pictures go: down at once, up slowly.
 *
 * A picture takes the way there and back and the time of its bytes; smaller ones help with the second alone. How much the
 * first is shows when the tier changes, by what fewer bytes saved. Before that all the time is taken for that of bytes; and a
 * better tier is tried now and then however it looks, because a few pictures that take somewhat longer are cheap, and bad
 * ones for the rest of a session are not.
 */
export class QualityControl {
  #tier: QualityLevel = 0;
  /** The part of the time that does not depend on bytes, ms. */
  #latencyMs = 0;
  /** Time of the bytes; null before the first picture. */
  #msPerByte: number | null = null;
  #smoothedMs: number | null = null;
  /** Of this tier: the newest {@link JUDGED} times, and the smoothed number of bytes. */
  #recentMs: number[] = [];
  #bytes: number | null = null;
  /** Pictures since the last change of tier. */
  #count = 0;
  /** What the tier before was like, until this one is compared with it. */
  #before: Measured | null = null;
  #upAfterMs = UP_AFTER_MS;
  #movedAt: number | null = null;
  #wentUpAt = Number.NEGATIVE_INFINITY;

  get level(): QualityLevel {
    return this.#tier;
  }

  /** From handing a picture over to hearing of it, smoothed; null before the first. */
  get rttMs(): number | null {
    return this.#smoothedMs;
  }

  /** Whether so many bytes arrive in less time than the view has rested for already. */
  accepts(bytes: number, restedMs: number): boolean {
    return this.#msPerByte !== null && bytes * this.#msPerByte <= restedMs;
  }

  /** Tells of a delivery that was done at `now`, ms of any clock. */
  onDelivered({ bytes, ms, skipped, still }: Delivery, now: number): void {
    this.#latencyMs = Math.min(this.#latencyMs, ms);
    this.#msPerByte = smooth(this.#msPerByte, (ms - this.#latencyMs) / Math.max(1, bytes));
    this.#smoothedMs = smooth(this.#smoothedMs, ms);
    if (still) return;
    this.#movedAt ??= now;
    this.#bytes = smooth(this.#bytes, bytes);
    this.#recentMs = [...this.#recentMs, ms].slice(-JUDGED);
    if (++this.#count === TRIAL_PICTURES) this.#learn();
    if (skipped > 0 && this.#ofBytesMs > TOO_LONG_MS) this.#goDown(now);
    this.#goUp(now);
  }

  /** What the newest pictures' bytes took. */
  get #ofBytesMs(): number {
    return this.#measured.ms - this.#latencyMs;
  }

  #goDown(now: number): void {
    // What the last step brought is to be known before the next.
    if (this.#tier === 2 || (this.#before !== null && this.#count < TRIAL_PICTURES)) return;
    if (now - this.#wentUpAt < PROBATION_MS) {
      this.#upAfterMs = Math.min(2 * this.#upAfterMs, LONGEST_UP_AFTER_MS);
    }
    this.#move(this.#tier === 0 && this.#ofBytesMs < MUCH_TOO_LONG_MS ? 1 : 2, now);
  }

  #goUp(now: number): void {
    if (now - this.#wentUpAt > 2 * LONGEST_UP_AFTER_MS) this.#upAfterMs = UP_AFTER_MS;
    const isTime = now - (this.#movedAt ?? now) >= this.#upAfterMs && this.#count >= TRIAL_PICTURES;
    if (this.#tier === 0 || !isTime) return;
    this.#wentUpAt = now;
    this.#move(this.#tier === 2 ? 1 : 0, now);
  }

  #move(tier: QualityLevel, now: number): void {
    this.#before = this.#measured;
    this.#tier = tier;
    this.#recentMs = [];
    this.#bytes = null;
    this.#count = 0;
    this.#movedAt = now;
  }

  /** Tells the way there and back from the time of the bytes, by two tiers whose pictures differ. */
  #learn(): void {
    const before = this.#before;
    const after = this.#measured;
    this.#before = null;
    if (before === null || Math.abs(before.bytes - after.bytes) < before.bytes / 10) return;
    // Another link, or other times, are nothing to compare with.
    const isOther = before.bytes > after.bytes ? after.ms > 1.2 * before.ms : before.ms > 1.2 * after.ms;
    if (isOther) return;
    const msPerByte = Math.max(0, (before.ms - after.ms) / (before.bytes - after.bytes));
    this.#latencyMs = Math.max(0, after.ms - msPerByte * after.bytes);
  }

  get #measured(): Measured {
    const sorted = [...this.#recentMs].sort((a, b) => a - b);
    return { bytes: this.#bytes ?? 0, ms: sorted[sorted.length - 2] ?? 0 };
  }
}

function smooth(before: number | null, value: number): number {
  return before === null ? value : before + SMOOTHING * (value - before);
}
