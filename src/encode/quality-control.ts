import { Backoff } from "../util/backoff.ts";
import { appendToWindow, smooth } from "../util/filters.ts";
import type { QualityLevel } from "./frame.ts";

/** A frame that was acknowledged, or that an MJPEG connection accepted. */
export interface Delivery {
  readonly bytes: number;
  /** Time from sending it to its acknowledgement, or until the connection accepts more, ms. */
  readonly ms: number;
  /** Number of frames skipped during that time. */
  readonly skipped: number;
  /** Whether it was a refinement of a still view, which is larger than the frames of its level. */
  readonly still: boolean;
}

/** Above this transfer time of a frame's bytes, ms, while frames are skipped, the quality level is too high. */
const MAX_TRANSFER_MS = 60;
/** Above this transfer time the level changes directly to the lowest, ms. */
const SEVERE_TRANSFER_MS = 240;
/** Median-of-N filter against outliers. */
const SAMPLE_COUNT = 3;
/** Time until a better level is tried, ms; doubled each time that it was too high. */
const UPGRADE_AFTER_MS = 2_000;
const MAX_UPGRADE_AFTER_MS = 64_000;
/** If a level is abandoned within this time, it counts as too high, ms. */
const PROBATION_MS = 10_000;
/** Number of frames after which the effect of a change is known. */
const TRIAL_FRAMES = 4;
const SMOOTHING = 0.3;

/** Average size and delay of one level's frames. */
type Measured = Pick<Delivery, "bytes" | "ms">;

/**
 * Quality level of a connection's JPEG frames, from their delays: down immediately, up slowly. BitrateControl explains why it is
 * a separate controller.
 *
 * A frame's delay is the round-trip time plus the transfer time of its bytes; a lower level reduces only the second. How much each
 * is shows when the level changes, by the time that fewer bytes save. Until then all of it counts as transfer time. A better level is
 * tried from time to time in any case: a few slow frames cost little, a low level for the rest of a session much.
 */
export class QualityControl {
  level: QualityLevel = 0;
  /** The part of the delay that does not depend on bytes, ms. */
  #latencyMs = 0;
  /** Smoothed transfer time of a byte; null before the first frame. */
  #msPerByte: number | null = null;
  /** Smoothed time from sending a frame to its acknowledgement; null before the first. */
  rttMs: number | null = null;
  /** Delays of the newest {@link SAMPLE_COUNT} frames of this level, and their smoothed size. */
  #recentMs: readonly number[] = [];
  #bytes: number | null = null;
  /** Frames since the last change of level. */
  #count = 0;
  /** Measurements of the previous level, until they are compared with this one's. */
  #previous: Measured | null = null;
  readonly #upgradeBackoff = new Backoff({ first: UPGRADE_AFTER_MS, max: MAX_UPGRADE_AFTER_MS });
  #upgradeAfterMs = this.#upgradeBackoff.next();
  #changedAt: number | null = null;
  #upgradedAt = Number.NEGATIVE_INFINITY;

  /** Whether the transfer time of these bytes is at most the time that the view has been still. */
  accepts(bytes: number, stillMs: number): boolean {
    return this.#msPerByte !== null && bytes * this.#msPerByte <= stillMs;
  }

  /** Records a delivery that was complete at `now`, ms of any clock. */
  onDelivered({ bytes, ms, skipped, still }: Delivery, now: number): void {
    this.#latencyMs = Math.min(this.#latencyMs, ms);
    this.#msPerByte = smooth(this.#msPerByte, (ms - this.#latencyMs) / Math.max(1, bytes), SMOOTHING);
    this.rttMs = smooth(this.rttMs, ms, SMOOTHING);
    if (still) return;
    this.#changedAt ??= now;
    this.#bytes = smooth(this.#bytes, bytes, SMOOTHING);
    this.#recentMs = appendToWindow(this.#recentMs, ms, SAMPLE_COUNT);
    if (++this.#count === TRIAL_FRAMES) this.#estimateLatency();
    if (skipped > 0 && this.#transferMs > MAX_TRANSFER_MS) this.#downgrade(now);
    this.#upgrade(now);
  }

  /** Transfer time of the newest frames' bytes. */
  get #transferMs(): number {
    return this.#measured.ms - this.#latencyMs;
  }

  #downgrade(now: number): void {
    // The effect of the last change must be known before the next.
    if (this.level === 2 || (this.#previous !== null && this.#count < TRIAL_FRAMES)) return;
    if (now - this.#upgradedAt < PROBATION_MS) this.#upgradeAfterMs = this.#upgradeBackoff.next();
    this.#change(this.level === 0 && this.#transferMs < SEVERE_TRANSFER_MS ? 1 : 2, now);
  }

  #upgrade(now: number): void {
    if (now - this.#upgradedAt > 2 * MAX_UPGRADE_AFTER_MS) {
      this.#upgradeBackoff.reset();
      this.#upgradeAfterMs = this.#upgradeBackoff.next();
    }
    const isDue = now - (this.#changedAt ?? now) >= this.#upgradeAfterMs && this.#count >= TRIAL_FRAMES;
    if (this.level === 0 || !isDue) return;
    this.#upgradedAt = now;
    this.#change(this.level === 2 ? 1 : 0, now);
  }

  #change(level: QualityLevel, now: number): void {
    this.#previous = this.#measured;
    this.level = level;
    this.#recentMs = [];
    this.#bytes = null;
    this.#count = 0;
    this.#changedAt = now;
  }

  /** Separates latency from transfer time, by two levels whose frames differ in size. */
  #estimateLatency(): void {
    const previous = this.#previous;
    const current = this.#measured;
    this.#previous = null;
    if (previous === null || Math.abs(previous.bytes - current.bytes) < previous.bytes / 10) return;
    // If the larger frames were much faster, the link itself has changed.
    const hasChanged =
      previous.bytes > current.bytes ? current.ms > 1.2 * previous.ms : previous.ms > 1.2 * current.ms;
    if (hasChanged) return;
    const msPerByte = Math.max(0, (previous.ms - current.ms) / (previous.bytes - current.bytes));
    this.#latencyMs = Math.max(0, current.ms - msPerByte * current.bytes);
  }

  get #measured(): Measured {
    const sorted = [...this.#recentMs].sort((a, b) => a - b);
    return { bytes: this.#bytes ?? 0, ms: sorted[sorted.length - 2] ?? 0 };
  }
}
