import { EncodedVariants, type FrameEncoder, isLive } from "./encoded-variants.ts";
import type { EncodedFrame, Quality, QualityLevel, RawFrame, Size } from "./frame.ts";
import { FrameRateLimiter } from "./frame-rate-limiter.ts";

/** Where frames come from; see FrameSource. */
export interface FrameProvider {
  /** Number of the newest frame, 0 before the first. */
  readonly frameNumber: number;
  /** Calls back at every new frame; returns the function that ends it. */
  onFrame(listener: () => void): () => void;
  /**
   * A copy of the newest frame in a buffer that the next call uses again, which says whether that changed anything; null
   * when there is none, and then nothing is in that buffer. It may turn out to be the one that was copied last: then it
   * has that one's number, and so has {@link frameNumber}.
   */
  copyNewest(): RawFrame | null;
}

/** Sends a frame; the next one follows when the promise settles (immediately if there is none). After a failure the viewer gets no more frames. */
export type SendFrame = (frame: EncodedFrame) => void | Promise<void>;

/** What a viewer's connection takes; asked each time when there is something for it. */
export interface ViewerConstraints {
  /** Of a view that moves. */
  readonly level: QualityLevel;
  /** Whether it wants a view that rests without any loss. */
  readonly lossless: boolean;
  /**
   * The picture size that this viewer needs for a view of this size; the picture is scaled to fit, letterboxed. Null: any size,
   * also the reduced resolution of a draft.
   */
  sizeFor(view: Size): Size | null;
  /** Whether so many bytes may go to it once the view has rested for so long, ms. */
  accepts(bytes: number, restedMs: number): boolean;
}

/** One viewer's place in a broadcast. */
export interface Subscription {
  /** Pictures handed over. */
  readonly delivered: number;
  /** Frames that came and went while this viewer was busy with another; none that showed nothing new. */
  readonly skipped: number;
  /** Frames that have come since the last one that was handed over, in the same way. */
  readonly missing: number;
  /** Ends it; a frame that is on its way still arrives. Idempotent. */
  close(): void;
}

export interface BroadcastOptions {
  /** Hears of frames that could not be copied or encoded; the broadcast goes on with the next. */
  onError: (error: unknown) => void;
  /**
   * Shortest time from the start of one encoding to that of the next, ms, on average: what one came late the next may come
   * sooner. Default 0: as fast as frames come.
   */
  msBetween?: number;
}

interface Viewer {
  deliver: SendFrame;
  wishes: ViewerConstraints;
  busy: boolean;
  /** Number of the last frame handed over, 0 before the first. */
  last: number;
  /** How many steps of {@link AT_REST} it has of that. */
  steps: number;
  delivered: number;
  skipped: number;
  /** How many frames had shown nothing new by the last one. */
  repeats: number;
}

/** After so long a view rests, ms: as long as our renderer waits before it renders its best picture. */
const REST_MS = 200;

const BEST: ViewerConstraints = { level: 0, lossless: false, sizeFor: (view) => view, accepts: () => true };

/** What a view comes as when it has rested for so long, ms: one after the other. */
const AT_REST: readonly { quality: "still" | "lossless"; afterMs: number }[] = [
  { quality: "still", afterMs: REST_MS },
  { quality: "lossless", afterMs: 800 },
];

/** After so long, ms, nobody is given anything better than he has. */
const LONGEST_REST_MS = 30_000;

/**
 * Encodes each picture once in each quality that somebody takes, and hands it to every viewer that is ready for one. A
 * viewer has at most one frame in flight: while it is busy frames pass it by, and then it gets the newest. Nothing is
 * copied or encoded while nobody is ready, nor sooner after the last encoding than it should: then the frame that is the
 * newest by that time is taken. A frame that shows nothing new is neither encoded nor handed out. A view that rests comes
 * again in better quality, which no frame that follows waits for; nor does any wait for an encoding scaled to a viewer's own size.
 */
export class Broadcast {
  readonly #source: FrameProvider;
  readonly #encoder: FrameEncoder;
  readonly #onError: (error: unknown) => void;
  readonly #pace: FrameRateLimiter;
  readonly #viewers = new Set<Viewer>();
  #picture: EncodedVariants | null = null;
  /** Number of the newest frame that was copied, or could not be. */
  #looked = 0;
  /** How many frames showed nothing new. */
  #repeats = 0;
  /** Encodings of a view that moves, which read the memory that the next frame goes into. */
  #encoding = 0;
  /** Tiers and sizes with a scaled encoding in progress. Each has at most one; the next takes the newest frame by then. */
  readonly #scaling = new Set<string>();
  #pause: ReturnType<typeof setTimeout> | undefined;
  #rest: ReturnType<typeof setTimeout> | undefined;
  #stopListening: (() => void) | null = null;

  constructor(source: FrameProvider, encoder: FrameEncoder, options: BroadcastOptions) {
    this.#source = source;
    this.#encoder = encoder;
    this.#onError = options.onError;
    this.#pace = new FrameRateLimiter(options.msBetween ?? 0);
  }

  /** How many viewers there are. */
  get size(): number {
    return this.#viewers.size;
  }

  /** Adds a viewer; the current frame, if there is one, comes at once. Without wishes it takes the best of all. */
  subscribe(deliver: SendFrame, wishes: ViewerConstraints = BEST): Subscription {
    const viewer: Viewer = {
      ...{ deliver, wishes, busy: false, last: 0, steps: 0, delivered: 0, skipped: 0 },
      repeats: this.#repeats,
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
      close: () => this.#remove(viewer),
    };
  }

  #remove(viewer: Viewer): void {
    if (!this.#viewers.delete(viewer) || this.#viewers.size > 0) return;
    this.#stopListening?.();
    this.#stopListening = null;
    clearTimeout(this.#pause);
    clearTimeout(this.#rest);
    this.#pause = undefined;
    this.#rest = undefined;
  }

  /** Looks at the newest frame where somebody is ready for it, and hands to each who is ready what is there for him. */
  #pump(): void {
    try {
      this.#schedule();
    } catch (error) {
      this.#onError(error);
    }
  }

  #schedule(): void {
    const number = this.#source.frameNumber;
    if (number === 0 || (number > this.#looked && this.#encoding > 0)) return;
    const ready = [...this.#viewers].filter(({ busy }) => !busy);
    if (ready.length === 0) return;
    // Who comes during the pause sees what the others see.
    if (number > this.#looked && !this.#mustPause()) this.#take(number);
    for (const viewer of ready) this.#serve(viewer);
    this.#lookAgain();
  }

  /** A viewer is ready again: of a thousand none costs the others a look at each. */
  #isReady(viewer: Viewer): void {
    if (this.#source.frameNumber > this.#looked) this.#pump();
    else {
      this.#serve(viewer);
      this.#lookAgain();
    }
  }

  /** Whether it is too soon after the last picture; then this looks again when it is not. */
  #mustPause(): boolean {
    const rest = this.#pace.nextAt - performance.now();
    if (rest <= 0) return false;
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#pump();
    }, Math.ceil(rest));
    return true;
  }

  #take(number: number): void {
    // Also where nothing whole is there: the producer's next frame is another chance.
    this.#looked = number;
    const before = this.#picture;
    const isComparable = before?.hasPixels ?? false;
    let frame: RawFrame | null = null;
    try {
      frame = this.#source.copyNewest();
    } catch (error) {
      this.#onError(error);
    }
    if (frame !== null) this.#looked = Math.max(number, frame.number);
    const now = performance.now();
    if (before !== null && frame?.unchanged && isComparable) {
      this.#repeats++;
      if (frame.still) before.stillSince ??= now - REST_MS;
      return;
    }
    before?.releasePixels();
    if (frame === null) return;
    this.#pace.onEncode(now);
    // A renderer that says that its view rests has waited that long before.
    const restsSince = frame.still === false ? null : frame.still ? now - REST_MS : now;
    this.#picture = new EncodedVariants(frame, restsSince);
  }

  #serve(viewer: Viewer): void {
    const picture = this.#picture;
    if (picture === null) return;
    if (viewer.last === picture.number) {
      this.#improve(viewer, picture);
      return;
    }
    const { level: tier } = viewer.wishes;
    const size = sizeFor(viewer, picture);
    const encoded = picture.get(tier, size) ?? (picture.hasPixels ? undefined : picture.anyOfSize(size));
    if (encoded !== undefined) void this.#hand(viewer, encoded, 0);
    else if (picture.canEncode(tier, size)) void this.#encode(picture, tier, size);
  }

  /** Hands out the next better quality of a view that rests, where there is one for this viewer. */
  #improve(viewer: Viewer, picture: EncodedVariants): void {
    const next = nextStep(viewer);
    const restedMs = restedFor(picture);
    if (next === undefined || restedMs < next.afterMs || this.#source.frameNumber > this.#looked) return;
    if (performance.now() < this.#pace.nextAt) return;
    const { quality } = next;
    const size = sizeFor(viewer, picture);
    if (!viewer.wishes.accepts(picture.bytesOf(quality, size), restedMs)) return;
    const encoded = picture.get(quality, size);
    if (encoded !== undefined) void this.#hand(viewer, encoded, viewer.steps + 1);
    else if (picture.canEncode(quality, size)) void this.#encode(picture, quality, size);
  }

  /** Looks again whether a view that rests may come in better quality: when it has rested for twice as long. */
  #lookAgain(): void {
    const restedMs = this.#picture === null ? -1 : restedFor(this.#picture);
    if (this.#rest !== undefined || restedMs < 0 || restedMs > LONGEST_REST_MS) return;
    if (![...this.#viewers].some((viewer) => nextStep(viewer) !== undefined)) return;
    const pause = this.#pace.nextAt - performance.now();
    const wait = pause > 0 ? pause : restedMs < REST_MS ? REST_MS - restedMs : restedMs;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#pump();
    }, Math.ceil(wait));
    this.#rest.unref();
  }

  async #encode(picture: EncodedVariants, quality: Quality, size: Size | null): Promise<void> {
    const scaling = typeof quality === "number" && size !== null && `${quality} ${size.width}x${size.height}`;
    if (scaling !== false && this.#scaling.has(scaling)) return;
    const live = isLive(quality, size);
    if (live) this.#encoding++;
    if (scaling !== false) this.#scaling.add(scaling);
    try {
      const encoded = await picture.encode(quality, size, this.#encoder);
      // Whoever was ready before gets this frame even when a newer one has come meanwhile: that one is encoded now.
      for (const viewer of [...this.#viewers]) {
        if (viewer.busy || viewer.last >= picture.number || viewer.wishes.level !== quality) continue;
        if (isSameSize(sizeFor(viewer, picture), size)) void this.#hand(viewer, encoded, 0);
      }
    } catch (error) {
      this.#onError(error);
      setTimeout(() => this.#pump(), picture.retryAfterMs(quality, size)).unref();
    } finally {
      if (live) this.#encoding--;
      if (scaling !== false) this.#scaling.delete(scaling);
      queueMicrotask(() => this.#pump());
    }
  }

  /** How many frames there are after a viewer's last to this one, without those that showed nothing new. */
  #between({ last, repeats }: Viewer, number: number): number {
    return Math.max(0, number - last - (this.#repeats - repeats));
  }

  async #hand(viewer: Viewer, frame: EncodedFrame, steps: number): Promise<void> {
    if (viewer.last > 0) viewer.skipped += this.#between(viewer, frame.number - 1);
    viewer.repeats = this.#repeats;
    viewer.last = frame.number;
    viewer.steps = steps;
    viewer.delivered++;
    try {
      const done = viewer.deliver(frame);
      if (done === undefined) return;
      viewer.busy = true;
      await done;
      viewer.busy = false;
      if (this.#viewers.has(viewer)) this.#isReady(viewer);
    } catch (error) {
      this.#remove(viewer);
      this.#onError(error);
    }
  }
}

/** The size to scale the picture to for this viewer; null if it already has the right size. */
function sizeFor({ wishes }: Viewer, picture: EncodedVariants): Size | null {
  const size = wishes.sizeFor(picture.viewSize);
  return isSameSize(size, picture.size) ? null : size;
}

function isSameSize(a: Size | null, b: Size | null): boolean {
  return a?.width === b?.width && a?.height === b?.height;
}

function nextStep({ last, steps, wishes }: Viewer): (typeof AT_REST)[number] | undefined {
  const step = last > 0 ? AT_REST[steps] : undefined;
  return step?.quality === "lossless" && !wishes.lossless ? undefined : step;
}

/** ms; negative where the view may move. */
function restedFor({ stillSince: restsSince }: EncodedVariants): number {
  return restsSince === null ? -1 : performance.now() - restsSince;
}
