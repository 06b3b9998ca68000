import type { FrameProvider, RawFrame } from "./frame.ts";
import { FrameRateLimiter } from "./frame-rate-limiter.ts";

/** Without a new frame for this time, ms, a view is still: the delay after which our renderer renders the full view. */
export const STILL_DELAY_MS = 200;

/** One subscriber's place in a fan-out. */
export interface Subscription {
  /** Encoded frames delivered, refinements included. */
  readonly delivered: number;
  /** Frames that this subscriber missed while it was busy or waited for a keyframe. Unchanged frames do not count. */
  readonly skipped: number;
  /** Changed frames since the last one delivered. */
  readonly framesBehind: number;
  /** Ends the subscription; a frame in flight still arrives. Idempotent. */
  close(): void;
}

/** Sends a frame; the next one follows when the promise settles, immediately if no promise is returned. After a failure the subscription is closed. */
export type SendFrame<Encoded> = (frame: Encoded) => void | Promise<void>;

/** Delivery state of one subscriber. */
export interface Subscriber<Encoded> {
  readonly send: SendFrame<Encoded>;
  /** Whether a frame is in flight. */
  busy: boolean;
  /** Number of the last frame delivered, 0 before the first. */
  lastFrame: number;
  delivered: number;
  skipped: number;
  /** The fan-out's count of unchanged frames at that delivery. */
  unchangedFrames: number;
}

/** A copied frame and its view's state. */
export interface CopiedFrame {
  readonly frame: RawFrame;
  /** Start of the view's still period, `performance.now()`; null while it may move. */
  stillSince: number | null;
}

export interface FanoutOptions {
  /** Receives errors of copying, encoding and delivery; the fan-out continues with the next frame. */
  onError: (error: unknown) => void;
  /** Minimum average time from the start of one encoding to that of the next, ms. Default 0: no limit. */
  msBetween?: number;
}

interface FanoutHandlers<S> {
  /** Encodes and delivers the frames that are due for ready subscribers. */
  schedule: () => void;
  /** Called when a subscriber's frame is no longer in flight. It may have unsubscribed in the meantime. */
  onReady: (subscriber: S) => void;
  onRemoved?: () => void;
}

/**
 * Delivers the frames of a source to its subscribers, latest wins: a subscriber has at most one frame in flight and skips those
 * that arrive meanwhile. The owner's `schedule` decides which frames are encoded for which subscribers. A subscriber whose `send` throws or
 * rejects is removed and its error reported.
 */
export class FrameFanout<Encoded extends { readonly number: number }, S extends Subscriber<Encoded>> {
  readonly #source: FrameProvider;
  readonly #handlers: FanoutHandlers<S>;
  /** See {@link FanoutOptions}. */
  readonly onError: (error: unknown) => void;
  readonly #rateLimiter: FrameRateLimiter;
  readonly #subscribers = new Set<S>();
  /** Number of the newest frame that was copied, or could not be. */
  lastCopied = 0;
  #unchangedFrames = 0;
  /** Number of subscribers with a frame in flight. */
  busy = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #stopListening: (() => void) | null = null;

  constructor(source: FrameProvider, { onError, msBetween = 0 }: FanoutOptions, handlers: FanoutHandlers<S>) {
    this.#source = source;
    this.onError = onError;
    this.#rateLimiter = new FrameRateLimiter(msBetween);
    this.#handlers = handlers;
  }

  get subscribers(): ReadonlySet<S> {
    return this.#subscribers;
  }

  get ready(): S[] {
    return [...this.#subscribers].filter(({ busy }) => !busy);
  }

  get hasFrame(): boolean {
    return this.#source.frameNumber > 0;
  }

  /** Whether the source has a newer frame than the last copy. */
  get hasNewFrame(): boolean {
    return this.#source.frameNumber > this.lastCopied;
  }

  /** Earliest time of the next encoding that the rate limit allows, `performance.now()`. */
  get nextEncodeAt(): number {
    return this.#rateLimiter.nextAt;
  }

  /** Adds a subscriber and schedules; then the current frame is delivered to it, if there is one. */
  add(subscriber: S): Subscription {
    subscriber.unchangedFrames = this.#unchangedFrames;
    this.#subscribers.add(subscriber);
    this.#stopListening ??= this.#source.onFrame(() => this.schedule());
    const missing = () => this.#framesUpTo(this.#source.frameNumber, subscriber);
    this.schedule();
    return {
      get delivered() {
        return subscriber.delivered;
      },
      get skipped() {
        return subscriber.skipped;
      },
      get framesBehind() {
        return missing();
      },
      close: () => this.#remove(subscriber),
    };
  }

  schedule(): void {
    if (this.#subscribers.size === 0) return;
    try {
      this.#handlers.schedule();
    } catch (error) {
      this.onError(error);
    }
  }

  /** Schedules again at this time, `performance.now()`, or earlier. */
  scheduleAt(at: number): void {
    if (at >= this.#timerAt || this.#subscribers.size === 0) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    const onTime = () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.schedule();
    };
    this.#timer = setTimeout(onTime, Math.ceil(Math.max(0, at - performance.now())));
    this.#timer.unref();
  }

  /**
   * Copies the newest frame if it has not been copied and the rate limit allows it; otherwise schedules for the time when it does.
   * @param current the frame in the source's buffer, or null; its `stillSince` is set when the view becomes still
   * @param notBefore `performance.now()`
   * @returns undefined if `current` remains the newest, null if no frame could be copied
   */
  copyNewest(
    current: { stillSince: number | null } | null,
    notBefore = Number.NEGATIVE_INFINITY,
  ): CopiedFrame | null | undefined {
    if (!this.hasNewFrame) return undefined;
    const now = performance.now();
    const allowedAt = Math.max(this.#rateLimiter.nextAt, notBefore);
    if (now < allowedAt) {
      this.scheduleAt(allowedAt);
      return undefined;
    }
    const frame = this.#copy();
    if (current !== null && frame?.unchanged) {
      this.#unchangedFrames++;
      if (frame.still) current.stillSince ??= now - STILL_DELAY_MS;
      return undefined;
    }
    if (frame === null) return null;
    this.#rateLimiter.onFrame(now);
    // A renderer that reports a still view has already waited for this delay.
    return { frame, stillSince: frame.still === false ? null : frame.still ? now - STILL_DELAY_MS : now };
  }

  /** Allows another copy of a frame that could not be encoded: a still view has no next one. */
  invalidateCopy(frameNumber: number): void {
    this.lastCopied = Math.min(this.lastCopied, frameNumber - 1);
  }

  deliver(subscriber: S, frame: Encoded): void {
    if (subscriber.lastFrame > 0) subscriber.skipped += this.#framesUpTo(frame.number - 1, subscriber);
    subscriber.unchangedFrames = this.#unchangedFrames;
    subscriber.lastFrame = frame.number;
    subscriber.delivered++;
    void this.#send(subscriber, frame);
  }

  async #send(subscriber: S, frame: Encoded): Promise<void> {
    try {
      const sent = subscriber.send(frame);
      if (sent === undefined) return;
      subscriber.busy = true;
      this.busy++;
      try {
        await sent;
      } finally {
        subscriber.busy = false;
        this.busy--;
      }
      this.#handlers.onReady(subscriber);
    } catch (error) {
      this.#remove(subscriber);
      this.onError(error);
    }
  }

  #copy(): RawFrame | null {
    // Also set if no consistent frame can be copied: then the producer's next one is tried.
    this.lastCopied = this.#source.frameNumber;
    try {
      const frame = this.#source.copyNewest();
      if (frame !== null) this.lastCopied = Math.max(this.lastCopied, frame.number);
      return frame;
    } catch (error) {
      this.onError(error);
      return null;
    }
  }

  /** Number of changed frames after a subscriber's last one, up to this one. */
  #framesUpTo(number: number, { lastFrame, unchangedFrames }: S): number {
    return Math.max(0, number - lastFrame - (this.#unchangedFrames - unchangedFrames));
  }

  #remove(subscriber: S): void {
    if (!this.#subscribers.delete(subscriber)) return;
    this.#handlers.onRemoved?.();
    if (this.#subscribers.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = null;
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
  }
}

/** Delivery state of a new subscriber. */
export function newSubscriber<Encoded>(send: SendFrame<Encoded>): Subscriber<Encoded> {
  return { send, busy: false, lastFrame: 0, delivered: 0, skipped: 0, unchangedFrames: 0 };
}
