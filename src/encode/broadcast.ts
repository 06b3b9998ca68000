import { EncodedVariants, type FrameEncoder, isLive } from "./encoded-variants.ts";
import type { EncodedFrame, FrameProvider, Quality, QualityLevel, Size } from "./frame.ts";
import {
  type FanoutOptions,
  FrameFanout,
  newSubscriber,
  type SendFrame,
  STILL_DELAY_MS,
  type Subscriber,
  type Subscription,
} from "./frame-fanout.ts";

/** Demands of a viewer and limits of its connection; read each time before a frame is encoded or sent for it. */
export interface ViewerConstraints {
  /** Quality level of a moving view. */
  readonly level: QualityLevel;
  /** Whether it wants the lossless refinement of a still view. */
  readonly lossless: boolean;
  /**
   * The image size that this viewer needs for a view of this size; the frame is scaled to fit, letterboxed. Null: any size,
   * also the reduced resolution of a draft.
   */
  sizeFor(view: Size): Size | null;
  /** Whether a refinement of this many bytes may be sent once the view has been still for this time, ms. */
  accepts(bytes: number, stillMs: number): boolean;
}

interface Viewer extends Subscriber<EncodedFrame> {
  readonly constraints: ViewerConstraints;
  /** Number of {@link REFINEMENTS} of its last frame that were delivered. */
  refinements: number;
}

const UNCONSTRAINED: ViewerConstraints = {
  level: 0,
  lossless: false,
  sizeFor: (view) => view,
  accepts: () => true,
};

/** Refinements of a still view in their order, and when each is due, ms after the view became still. */
const REFINEMENTS: readonly { quality: "still" | "lossless"; afterMs: number }[] = [
  { quality: "still", afterMs: STILL_DELAY_MS },
  { quality: "lossless", afterMs: 800 },
];

/** Refinements are sent only during this time of a still period, ms. */
const MAX_STILL_MS = 30_000;

/**
 * Encodes each frame once in each quality and size that a viewer needs, and delivers it to every ready viewer. A frame is
 * copied and encoded only when some viewer is ready and the rate limit allows; unchanged frames are not. A still view is
 * refined. The next frame waits neither for a refinement nor for an encoding scaled to a viewer's own size.
 */
export class Broadcast {
  readonly #encoder: FrameEncoder;
  readonly #fanout: FrameFanout<EncodedFrame, Viewer>;
  #variants: EncodedVariants | null = null;
  /** Live encodings, which read the buffer that the next frame is copied into. */
  #liveEncodings = 0;
  /** Quality levels and sizes with a scaled encoding in progress. Each has at most one; the next encodes the newest frame by then. */
  readonly #scaling = new Set<string>();

  constructor(source: FrameProvider, encoder: FrameEncoder, options: FanoutOptions) {
    this.#encoder = encoder;
    this.#fanout = new FrameFanout(source, options, {
      schedule: () => this.#schedule(),
      onReady: (viewer) => this.#onReady(viewer),
    });
  }

  /** Number of viewers. */
  get size(): number {
    return this.#fanout.subscribers.size;
  }

  /** Adds a viewer; the current frame, if there is one, is delivered immediately. Default constraints: the best of all levels. */
  subscribe(send: SendFrame<EncodedFrame>, constraints: ViewerConstraints = UNCONSTRAINED): Subscription {
    return this.#fanout.add({ ...newSubscriber(send), constraints, refinements: 0 });
  }

  #schedule(): void {
    const fanout = this.#fanout;
    if (!fanout.hasFrame || (fanout.hasNewFrame && this.#liveEncodings > 0)) return;
    const { ready } = fanout;
    if (ready.length === 0) return;
    const current = this.#variants;
    const copied = fanout.copyNewest(current?.hasPixels ? current : null);
    if (copied !== undefined && current !== null) current.hasPixels = false;
    if (copied) this.#variants = new EncodedVariants(copied.frame, copied.stillSince);
    for (const viewer of ready) this.#serve(viewer);
    this.#scheduleRefinement();
  }

  /** Serves this viewer alone where possible: with a thousand viewers, each acknowledgement would otherwise visit all of them. */
  #onReady(viewer: Viewer): void {
    if (!this.#fanout.subscribers.has(viewer)) return;
    if (this.#fanout.hasNewFrame) this.#fanout.schedule();
    else {
      this.#serve(viewer);
      this.#scheduleRefinement();
    }
  }

  #serve(viewer: Viewer): void {
    const variants = this.#variants;
    if (variants === null) return;
    if (viewer.lastFrame === variants.number) {
      this.#refine(viewer, variants);
      return;
    }
    const { level } = viewer.constraints;
    const size = sizeFor(viewer, variants);
    const encoded = variants.get(level, size) ?? (variants.hasPixels ? undefined : variants.findBySize(size));
    if (encoded !== undefined) this.#deliver(viewer, encoded, 0);
    else if (variants.canEncode(level, size)) void this.#encode(variants, level, size);
  }

  /** Delivers the next refinement if it is due and the viewer accepts it. */
  #refine(viewer: Viewer, variants: EncodedVariants): void {
    const next = nextRefinement(viewer);
    const stillMs = stillMsOf(variants);
    if (next === undefined || stillMs < next.afterMs || this.#fanout.hasNewFrame) return;
    if (performance.now() < this.#fanout.nextEncodeAt) return;
    const { quality } = next;
    const size = sizeFor(viewer, variants);
    if (!viewer.constraints.accepts(variants.bytesOf(quality, size), stillMs)) return;
    const encoded = variants.get(quality, size);
    if (encoded !== undefined) this.#deliver(viewer, encoded, viewer.refinements + 1);
    else if (variants.canEncode(quality, size)) void this.#encode(variants, quality, size);
  }

  /** Checks again for refinements when the view has been still for twice the time. */
  #scheduleRefinement(): void {
    const stillMs = this.#variants === null ? -1 : stillMsOf(this.#variants);
    if (stillMs < 0 || stillMs > MAX_STILL_MS) return;
    if (![...this.#fanout.subscribers].some((viewer) => nextRefinement(viewer) !== undefined)) return;
    const waitMs = stillMs < STILL_DELAY_MS ? STILL_DELAY_MS - stillMs : stillMs;
    const now = performance.now();
    this.#fanout.scheduleAt(this.#fanout.nextEncodeAt > now ? this.#fanout.nextEncodeAt : now + waitMs);
  }

  async #encode(variants: EncodedVariants, quality: Quality, size: Size | null): Promise<void> {
    const scaling = typeof quality === "number" && size !== null && `${quality} ${size.width}x${size.height}`;
    if (scaling !== false && this.#scaling.has(scaling)) return;
    const live = isLive(quality, size);
    if (live) this.#liveEncodings++;
    if (scaling !== false) this.#scaling.add(scaling);
    try {
      const encoded = await variants.encode(quality, size, this.#encoder);
      // Delivered even if a newer frame has arrived, because that one is not encoded yet.
      for (const viewer of this.#fanout.ready) {
        if (viewer.lastFrame >= variants.number || viewer.constraints.level !== quality) continue;
        if (isSameSize(sizeFor(viewer, variants), size)) this.#deliver(viewer, encoded, 0);
      }
    } catch (error) {
      this.#fanout.onError(error);
      this.#fanout.scheduleAt(variants.retryAt(quality, size));
    } finally {
      if (live) this.#liveEncodings--;
      if (scaling !== false) this.#scaling.delete(scaling);
      queueMicrotask(() => this.#fanout.schedule());
    }
  }

  #deliver(viewer: Viewer, frame: EncodedFrame, refinements: number): void {
    viewer.refinements = refinements;
    this.#fanout.deliver(viewer, frame);
  }
}

/** The size to scale the frame to for this viewer; null if it already has the right size. */
function sizeFor({ constraints }: Viewer, variants: EncodedVariants): Size | null {
  const size = constraints.sizeFor(variants.viewSize);
  return isSameSize(size, variants.size) ? null : size;
}

function isSameSize(a: Size | null, b: Size | null): boolean {
  return a?.width === b?.width && a?.height === b?.height;
}

function nextRefinement({
  lastFrame,
  refinements,
  constraints,
}: Viewer): (typeof REFINEMENTS)[number] | undefined {
  const next = lastFrame > 0 ? REFINEMENTS[refinements] : undefined;
  return next?.quality === "lossless" && !constraints.lossless ? undefined : next;
}

/** Duration of the still period, ms; negative while the view may move. */
function stillMsOf({ stillSince }: EncodedVariants): number {
  return stillSince === null ? -1 : performance.now() - stillSince;
}
