import type { EncodedFrame, RawFrame } from "./frame.ts";

/** Where frames come from; see FrameSource. */
export interface FrameProvider {
  /** Number of the newest frame, 0 before the first. */
  readonly frameNumber: number;
  /** Calls back at every new frame; returns the function that ends it. */
  onFrame(listener: () => void): () => void;
  /**
   * A copy of the newest frame in a buffer that the next call uses again; null when there is none. It may turn out to
   * be the one that was copied last: then it has that one's number, and so has {@link frameNumber}.
   */
  copyNewest(): RawFrame | null;
}

/** What makes a frame small; see JpegEncoder. The pixels stay unchanged until it settles. */
export interface FrameEncoder {
  encode(frame: RawFrame): Promise<EncodedFrame>;
}

/** Takes a frame; the next one comes when the promise settles (at once when there is none). May not throw or reject. */
export type Deliver = (frame: EncodedFrame) => void | Promise<void>;

/** One viewer's place in a broadcast. */
export interface Subscription {
  /** Frames handed over. */
  readonly delivered: number;
  /** Frames that came and went while this viewer was busy with another. */
  readonly skipped: number;
  /** Ends it; a frame that is on its way still arrives. Idempotent. */
  close(): void;
}

export interface BroadcastOptions {
  /** Hears of frames that could not be copied or encoded; the broadcast goes on with the next. */
  onError: (error: unknown) => void;
  /** Shortest time from the start of one encoding to that of the next, ms. Default 0: as fast as frames come. */
  msBetween?: number;
}

interface Viewer {
  deliver: Deliver;
  busy: boolean;
  /** Number of the last frame handed over, 0 before the first. */
  last: number;
  delivered: number;
  skipped: number;
}

/**
 * Encodes each frame once and hands it to every viewer that is ready for one. A viewer has at most one frame in flight:
 * while it is busy frames pass it by, and then it gets the newest. Nothing is copied or encoded while nobody is ready, nor
 * sooner after the last encoding than it should: then the frame that is the newest by that time is taken.
 */
export class Broadcast {
  readonly #source: FrameProvider;
  readonly #encoder: FrameEncoder;
  readonly #onError: (error: unknown) => void;
  readonly #msBetween: number;
  readonly #viewers = new Set<Viewer>();
  #newest: EncodedFrame | null = null;
  #encoding = false;
  /** When the last encoding began, `performance.now()`. */
  #encodedAt = Number.NEGATIVE_INFINITY;
  #pause: ReturnType<typeof setTimeout> | undefined;
  /** The frame whose encoding failed: not tried again. */
  #failed = 0;
  #stopListening: (() => void) | null = null;

  constructor(source: FrameProvider, encoder: FrameEncoder, options: BroadcastOptions) {
    this.#source = source;
    this.#encoder = encoder;
    this.#onError = options.onError;
    this.#msBetween = options.msBetween ?? 0;
  }

  /** How many viewers there are. */
  get size(): number {
    return this.#viewers.size;
  }

  /** Adds a viewer; the current frame, if there is one, comes at once. */
  subscribe(deliver: Deliver): Subscription {
    const viewer: Viewer = { deliver, busy: false, last: 0, delivered: 0, skipped: 0 };
    this.#viewers.add(viewer);
    this.#stopListening ??= this.#source.onFrame(() => this.#pump());
    this.#pump();
    return {
      get delivered() {
        return viewer.delivered;
      },
      get skipped() {
        return viewer.skipped;
      },
      close: () => this.#remove(viewer),
    };
  }

  #remove(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer) || this.#viewers.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = null;
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  /** Hands the newest frame to whoever is ready and has not had it, encoding it first where that was not done yet. */
  #pump(): void {
    const number = this.#source.frameNumber;
    if (number === 0) return;
    const ready = [...this.#viewers].filter((viewer) => !viewer.busy && viewer.last < number);
    if (ready.length === 0) return;
    const newest = this.#newest;
    if (newest !== null && newest.number >= number) {
      for (const viewer of ready) void this.#hand(viewer, newest);
    } else if (!this.#encoding && this.#failed < number) {
      if (!this.#mustPause()) void this.#encodeNewest(number);
      // Who comes during the pause sees what the others see.
      else if (newest !== null)
        for (const viewer of ready) if (viewer.last < newest.number) void this.#hand(viewer, newest);
    }
  }

  /** Whether it is too soon after the last encoding; then this looks again when it is not. */
  #mustPause(): boolean {
    const rest = this.#encodedAt + this.#msBetween - performance.now();
    if (rest <= 0) return false;
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#pump();
    }, Math.ceil(rest));
    return true;
  }

  async #encodeNewest(number: number): Promise<void> {
    this.#encoding = true;
    try {
      const frame = this.#source.copyNewest();
      if (frame === null) {
        // Nothing whole is there: the producer's next frame is another chance.
        this.#failed = number;
        return;
      }
      if (this.#newest !== null && frame.number <= this.#newest.number) return;
      this.#encodedAt = performance.now();
      const encoded = await this.#encoder.encode(frame);
      this.#newest = encoded;
      // Whoever was ready before gets this frame even when a newer one has come meanwhile: that one is encoded now.
      for (const viewer of [...this.#viewers]) {
        if (!viewer.busy && viewer.last < encoded.number) void this.#hand(viewer, encoded);
      }
    } catch (error) {
      this.#failed = number;
      this.#onError(error);
    } finally {
      this.#encoding = false;
      queueMicrotask(() => this.#pump());
    }
  }

  async #hand(viewer: Viewer, frame: EncodedFrame): Promise<void> {
    if (viewer.last > 0) viewer.skipped += frame.number - viewer.last - 1;
    viewer.last = frame.number;
    viewer.delivered++;
    const done = viewer.deliver(frame);
    if (done === undefined) return;
    viewer.busy = true;
    await done;
    viewer.busy = false;
    if (this.#viewers.has(viewer)) this.#pump();
  }
}
