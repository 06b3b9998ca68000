import type { FrameProvider } from "./broadcast.ts";
import {
  type EncodedVideoFrame,
  layerFor,
  type SendVideoFrame,
  type VideoConstraints,
  type VideoSubscription,
} from "./encoded-video.ts";
import { QUALITY_LEVELS, type QualityLevel, type RawFrame } from "./frame.ts";
import { FrameRateLimiter } from "./frame-rate-limiter.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import { RetryBackoff } from "./retry-backoff.ts";
import { VideoLayer } from "./video-layer.ts";

export interface VideoBroadcastOptions {
  /** Hears of frames that could not be copied or encoded; the broadcast goes on with the next. */
  onError: (error: unknown) => void;
  /** Shortest time from the start of one encoding to that of the next, ms. Default 0: as fast as frames come. */
  msBetween?: number;
}

interface Viewer {
  readonly deliver: SendVideoFrame;
  readonly wishes: VideoConstraints;
  tier: QualityLevel;
  busy: boolean;
  /** Whether it has every frame of its stream up to the newest; without, it needs a keyframe. */
  follows: boolean;
  /** Whether it has asked for a keyframe that it was not given yet. */
  asks: boolean;
  /** When it was given the last keyframe that it needed in this stream, `performance.now()`. */
  keyframeAt: number;
  /** How long after that it may have the next, ms. */
  keyframeWaitMs: number;
  /** Number of the last picture handed over, 0 before the first. */
  last: number;
  delivered: number;
  skipped: number;
  /** How many frames had shown nothing new by the last one. */
  repeats: number;
}

/** A picture of which the provider's buffer has the pixels. */
interface VideoPicture {
  readonly frame: RawFrame;
  /** When its view came to rest, `performance.now()`; null while it may move. */
  restsSince: number | null;
}

/** After so long a view rests, ms: as long as our renderer waits before it renders its best picture. */
const REST_MS = 200;
/** So often, ms, a view at rest comes once more … */
const REFINE_EVERY_MS = 100;
/** … until it is as fine as that: what is left of the difference nobody sees … */
const FINE_QUANTIZER = 6;
/** … or so many times. */
const MOST_REFINEMENTS = 30;
/** A refinement waits so long, ms, for viewers who are still busy and would miss it. */
const PATIENCE_MS = 1000;
/**
 * So long after a keyframe that it needed a viewer may have the next, ms: each costs all in its tier the bits of several
 * frames. Twice as long each time …
 */
const KEYFRAME_WAIT_MS = 100;
/** … to this at most … */
const LONGEST_KEYFRAME_WAIT_MS = 1600;
/** … until it has needed none for so long. */
const KEYFRAME_PEACE_MS = 5000;

/**
 * VP8 for any number of viewers, each picture encoded once in each tier that has any. A tier is a band of bitrates, and its
 * stream has the least bitrate of its viewers': one whose connection takes less than others' goes to a lower tier and takes
 * nothing from them.
 *
 * As in a Broadcast a viewer has at most one frame in flight (as its `deliver` tells), nothing is copied or encoded while
 * nobody is ready, and the newest picture is next. But a frame is a difference to the one before: who was busy while others
 * were not has lost the thread, and needs a keyframe, which all in its tier get. A view at rest comes again some times, each
 * in what bits the bitrate gives until then, and then nothing more.
 *
 * Two temporal layers would let a slow viewer leave every other frame out without a keyframe. They cost 2.4 dB at 1.2 Mbit/s
 * (a scene in 1280x720 at 30 frames a second, luma), which all in the tier would pay, so there are none.
 */
export class VideoBroadcast {
  /** From asking for a frame to having it, by tier. */
  readonly durations: Readonly<Record<QualityLevel, LatencyHistogram>> = {
    ...{ 0: new LatencyHistogram(), 1: new LatencyHistogram(), 2: new LatencyHistogram() },
  };
  readonly #source: FrameProvider;
  readonly #onError: (error: unknown) => void;
  readonly #pace: FrameRateLimiter;
  readonly #viewers = new Set<Viewer>();
  readonly #streams: Readonly<Record<QualityLevel, VideoLayer>>;
  #picture: VideoPicture | null = null;
  /** Number of the newest frame that was copied, or could not be. */
  #looked = 0;
  /** How many frames showed nothing new. */
  #repeats = 0;
  /** Encodings that read the memory which the next frame goes into. */
  #encoding = 0;
  /** After a failed encoding no frame is taken before its `retryAt`. */
  readonly #backoff = new RetryBackoff();
  /** Viewers that are busy. */
  #busy = 0;
  #frames = 0;
  #keyframes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #stopListening: (() => void) | null = null;

  constructor(source: FrameProvider, options: VideoBroadcastOptions) {
    this.#source = source;
    this.#onError = options.onError;
    this.#pace = new FrameRateLimiter(options.msBetween ?? 0);
    const stream = (tier: QualityLevel) => new VideoLayer(tier, this.durations[tier]);
    this.#streams = { 0: stream(0), 1: stream(1), 2: stream(2) };
  }

  /** How many viewers there are. */
  get size(): number {
    return this.#viewers.size;
  }

  /** Frames encoded since the start. */
  get frames(): number {
    return this.#frames;
  }

  /** How many of them were keyframes. */
  get keyframes(): number {
    return this.#keyframes;
  }

  /** Frames that are being encoded. */
  get pending(): number {
    return this.#encoding;
  }

  /** bit/s that the streams are encoded for now; 0 for a tier without viewers. */
  get bitrates(): Readonly<Record<QualityLevel, number>> {
    const streams = this.#streams;
    return { 0: streams[0].bitrate, 1: streams[1].bitrate, 2: streams[2].bitrate };
  }

  /** How many encoders there are. */
  get encoders(): number {
    return QUALITY_LEVELS.filter((tier) => this.#streams[tier].isOpen).length;
  }

  /** Adds a viewer; its first frame is a keyframe of the current picture, as soon as there is one. */
  subscribe(deliver: SendVideoFrame, wishes: VideoConstraints): VideoSubscription {
    const viewer: Viewer = {
      ...{ deliver, wishes, tier: layerFor(wishes.bitrate, null), busy: false, follows: false, asks: false },
      ...{
        keyframeAt: Number.NEGATIVE_INFINITY,
        keyframeWaitMs: KEYFRAME_WAIT_MS,
        last: 0,
        delivered: 0,
        skipped: 0,
        repeats: this.#repeats,
      },
    };
    const missing = () => this.#between(viewer, this.#source.frameNumber);
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
      get missing() {
        return missing();
      },
      requestKeyframe: () => {
        if (viewer.asks) return;
        viewer.asks = true;
        this.#pump();
      },
      close: () => this.#remove(viewer),
    };
  }

  #remove(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer)) return;
    this.#closeUnused();
    if (this.#viewers.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = null;
    clearTimeout(this.#timer);
    this.#timerAt = Number.POSITIVE_INFINITY;
  }

  /** Looks at the newest frame where somebody is ready for it, and encodes for each tier what its viewers are ready for. */
  #pump(): void {
    try {
      this.#schedule();
    } catch (error) {
      this.#onError(error);
    }
  }

  #schedule(): void {
    const number = this.#source.frameNumber;
    if (number === 0 || this.#encoding > 0 || this.#viewers.size === 0) return;
    this.#sort();
    if (![...this.#viewers].some(({ busy }) => !busy)) return;
    if (number > this.#looked) {
      const now = performance.now();
      const nextAt = Math.max(this.#pace.nextAt, this.#backoff.retryAt);
      if (now < nextAt) this.#lookAt(nextAt);
      else this.#take(number, now);
    }
    if (this.#picture === null) return;
    for (const tier of QUALITY_LEVELS) this.#serve(this.#picture, this.#streams[tier]);
  }

  /** Puts each viewer into the tier that its bitrate falls into. */
  #sort(): void {
    for (const viewer of this.#viewers) {
      const tier = layerFor(viewer.wishes.bitrate, viewer.tier);
      if (tier === viewer.tier) continue;
      viewer.tier = tier;
      viewer.follows = false;
      viewer.keyframeAt = Number.NEGATIVE_INFINITY;
    }
    this.#closeUnused();
  }

  #closeUnused(): void {
    for (const tier of QUALITY_LEVELS) {
      const stream = this.#streams[tier];
      if (stream.isOpen && this.#in(tier).length === 0) stream.close();
    }
  }

  #in(tier: QualityLevel): Viewer[] {
    return [...this.#viewers].filter((viewer) => viewer.tier === tier);
  }

  #take(number: number, now: number): void {
    // Also where nothing whole is there: the producer's next frame is another chance.
    this.#looked = number;
    const before = this.#picture;
    let frame: RawFrame | null = null;
    try {
      frame = this.#source.copyNewest();
    } catch (error) {
      this.#onError(error);
    }
    if (frame !== null) this.#looked = Math.max(number, frame.number);
    if (before !== null && frame?.unchanged) {
      this.#repeats++;
      if (frame.still) before.restsSince ??= now - REST_MS;
      return;
    }
    this.#picture = null;
    if (frame === null) return;
    this.#pace.onEncode(now);
    // A renderer that says that its view rests has waited that long before.
    const restsSince = frame.still === false ? null : frame.still ? now - REST_MS : now;
    this.#picture = { frame, restsSince };
  }

  #serve(picture: VideoPicture, stream: VideoLayer): void {
    const ready = this.#in(stream.index).filter(({ busy }) => !busy);
    if (ready.length === 0) return;
    const now = performance.now();
    const keyframeAt = Math.min(
      ...ready
        .filter(needsKeyframe)
        .map((viewer) => Math.max(stream.nextKeyframeAt, viewer.keyframeAt + viewer.keyframeWaitMs)),
    );
    const keyframe = now >= keyframeAt;
    const isNew = stream.number < picture.frame.number;
    if (keyframe || (isNew && ready.some(({ follows }) => follows)))
      void this.#encode(picture, stream, keyframe);
    else {
      if (Number.isFinite(keyframeAt)) this.#lookAt(keyframeAt);
      if (!isNew) this.#refine(picture, stream);
    }
  }

  /** Encodes a view that rests once more. */
  #refine(picture: VideoPicture, stream: VideoLayer): void {
    const isFine = stream.quantizer <= FINE_QUANTIZER || stream.refinements >= MOST_REFINEMENTS;
    if (picture.restsSince === null || isFine || this.#source.frameNumber > this.#looked) return;
    const waits = this.#in(stream.index).some(({ busy, follows }) => busy && follows);
    const afterMs = waits ? PATIENCE_MS : REFINE_EVERY_MS;
    const at = Math.max(picture.restsSince + REST_MS, stream.encodedAt + afterMs);
    if (performance.now() >= at) void this.#encode(picture, stream, false);
    else this.#lookAt(at);
  }

  async #encode({ frame }: VideoPicture, stream: VideoLayer, keyframe: boolean): Promise<void> {
    this.#encoding++;
    try {
      const bitrate = Math.min(...this.#in(stream.index).map(({ wishes }) => wishes.bitrate));
      const encoded = await stream.encode(frame, { bitrate, keyframe });
      this.#backoff.onSuccess();
      this.#frames++;
      if (encoded.keyframe) this.#keyframes++;
      for (const viewer of this.#in(stream.index)) {
        if (!viewer.busy && (viewer.follows || encoded.keyframe)) void this.#hand(viewer, encoded);
        else viewer.follows = false;
      }
    } catch (error) {
      // The encoder then starts a new stream. The frame is copied again, since a still view has no next one.
      for (const viewer of this.#in(stream.index)) viewer.follows = false;
      this.#picture = null;
      this.#looked = Math.min(this.#looked, frame.number - 1);
      this.#backoff.onFailure();
      this.#onError(error);
    } finally {
      this.#encoding--;
      queueMicrotask(() => this.#pump());
    }
  }

  /** How many pictures there are after a viewer's last to this one, without those that showed nothing new. */
  #between({ last, repeats }: Viewer, number: number): number {
    return Math.max(0, number - last - (this.#repeats - repeats));
  }

  async #hand(viewer: Viewer, frame: EncodedVideoFrame): Promise<void> {
    if (viewer.last > 0) viewer.skipped += this.#between(viewer, frame.number - 1);
    if (frame.keyframe && needsKeyframe(viewer)) this.#countKeyframe(viewer);
    viewer.repeats = this.#repeats;
    viewer.last = frame.number;
    viewer.follows = true;
    viewer.delivered++;
    try {
      const done = viewer.deliver(frame);
      if (done === undefined) return;
      await this.#whileBusy(viewer, done);
      this.#isReady(viewer);
    } catch (error) {
      this.#remove(viewer);
      this.#onError(error);
    }
  }

  async #whileBusy(viewer: Viewer, done: Promise<void>): Promise<void> {
    viewer.busy = true;
    this.#busy++;
    try {
      await done;
    } finally {
      viewer.busy = false;
      this.#busy--;
    }
  }

  /** A viewer is ready again: of a thousand none costs the others a look at each. */
  #isReady(viewer: Viewer): void {
    const waits =
      this.#source.frameNumber > this.#looked || viewer.last < this.#looked || needsKeyframe(viewer);
    if (waits || this.#busy === 0) this.#pump();
  }

  #countKeyframe(viewer: Viewer): void {
    const now = performance.now();
    const soon = now - viewer.keyframeAt < KEYFRAME_PEACE_MS;
    viewer.keyframeWaitMs = soon
      ? Math.min(2 * viewer.keyframeWaitMs, LONGEST_KEYFRAME_WAIT_MS)
      : KEYFRAME_WAIT_MS;
    viewer.keyframeAt = now;
    viewer.asks = false;
  }

  /** Looks again at this time, `performance.now()`, or sooner. */
  #lookAt(at: number): void {
    if (at >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = at;
    this.#timer = setTimeout(
      () => {
        this.#timerAt = Number.POSITIVE_INFINITY;
        this.#pump();
      },
      Math.ceil(Math.max(0, at - performance.now())),
    );
    this.#timer.unref();
  }
}

function needsKeyframe({ follows, asks }: Viewer): boolean {
  return !follows || asks;
}
