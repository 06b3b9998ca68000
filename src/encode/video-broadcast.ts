import type { VideoCodec } from "../protocol/frame-header.ts";
import { RetryBackoff } from "./encoded-variants.ts";
import { type FrameProvider, QUALITY_LEVELS, type QualityLevel } from "./frame.ts";
import {
  type CopiedFrame,
  type FanoutOptions,
  FrameFanout,
  newSubscriber,
  type SendFrame,
  STILL_DELAY_MS,
  type Subscriber,
} from "./frame-fanout.ts";
import { LatencyHistogram } from "./latency-histogram.ts";
import {
  type EncodedVideoFrame,
  layerFor,
  type VideoConstraints,
  VideoLayer,
  type VideoSubscription,
} from "./video-layer.ts";

interface Viewer extends Subscriber<EncodedVideoFrame> {
  readonly constraints: VideoConstraints;
  layer: QualityLevel;
  /** Whether it has received every frame of its layer up to the newest; if not, it needs a keyframe. */
  hasReference: boolean;
  keyframeRequested: boolean;
  /** Time of the last keyframe that it needed in this layer, `performance.now()`. */
  keyframeAt: number;
  /** Minimum time from that keyframe to the next, ms. */
  keyframeWaitMs: number;
}

/** Minimum time between refinements of a still view, ms. */
const REFINEMENT_INTERVAL_MS = 100;
const MAX_REFINEMENTS = 30;
/** Maximum time that a refinement waits for viewers with a frame in flight, which would lose their reference, ms. */
const BUSY_VIEWER_TIMEOUT_MS = 1000;
/** Minimum time between the keyframes that one viewer needs, ms: each costs all viewers of its layer the bits of several frames. Doubles up to the maximum … */
const KEYFRAME_WAIT_MS = 100;
const MAX_KEYFRAME_WAIT_MS = 1600;
/** … and is reset when the viewer has needed none for this time. */
const KEYFRAME_RESET_MS = 5000;

/**
 * Video for any number of viewers: each frame is encoded once in each bitrate layer that has viewers, at the lowest bitrate of
 * them. A viewer on a slower connection moves to a lower layer and costs the others nothing.
 *
 * As in a Broadcast, a viewer has at most one frame in flight, until the promise of its `send` settles. But a
 * frame refers to the one before it: a viewer that was busy while others were not needs a keyframe, which its whole layer
 * receives. A still view is refined with the bits that its bitrate allows, up to a limit.
 *
 * There are no temporal layers. Two would let a slow viewer skip every other frame without a keyframe, but cost all viewers of
 * the layer 2.4 dB of luma at 1.2 Mbit/s (VP8, a scene in 1280x720 at 30 frames a second).
 */
export class VideoBroadcast {
  readonly codec: VideoCodec;
  /** Time of each encoding, waiting for a thread included, by layer. */
  readonly durations: Readonly<Record<QualityLevel, LatencyHistogram>> = {
    ...{ 0: new LatencyHistogram(), 1: new LatencyHistogram(), 2: new LatencyHistogram() },
  };
  readonly #fanout: FrameFanout<EncodedVideoFrame, Viewer>;
  readonly #layers: Readonly<Record<QualityLevel, VideoLayer>>;
  /** The frame in the source's buffer. */
  #current: CopiedFrame | null = null;
  /** Number of frames being encoded. */
  pending = 0;
  readonly #backoff = new RetryBackoff();
  /** Frames encoded since the start. */
  frames = 0;
  /** Keyframes encoded since the start. */
  keyframes = 0;

  /** @param options `codec`: default "vp8" */
  constructor(source: FrameProvider, options: FanoutOptions & { codec?: VideoCodec }) {
    this.codec = options.codec ?? "vp8";
    const layer = (index: QualityLevel) => new VideoLayer(index, this.codec, this.durations[index]);
    this.#layers = { 0: layer(0), 1: layer(1), 2: layer(2) };
    this.#fanout = new FrameFanout(source, options, {
      schedule: () => this.#schedule(),
      onReady: (viewer) => this.#onReady(viewer),
      onRemoved: () => this.#closeUnusedLayers(),
    });
  }

  /** Number of viewers. */
  get size(): number {
    return this.#fanout.subscribers.size;
  }

  /** Current bitrate of each layer, bit/s; 0 for a layer without viewers. */
  get bitrates(): Readonly<Record<QualityLevel, number>> {
    const layers = this.#layers;
    return { 0: layers[0].bitrate, 1: layers[1].bitrate, 2: layers[2].bitrate };
  }

  /** Number of encoders. */
  get encoders(): number {
    return QUALITY_LEVELS.filter((index) => this.#layers[index].isOpen).length;
  }

  /** Adds a viewer; its first frame is a keyframe of the current frame, as soon as there is one. */
  subscribe(send: SendFrame<EncodedVideoFrame>, constraints: VideoConstraints): VideoSubscription {
    const viewer: Viewer = {
      ...newSubscriber(send),
      ...{ constraints, layer: layerFor(constraints.bitrate, null) },
      ...{ hasReference: false, keyframeRequested: false },
      ...{ keyframeAt: Number.NEGATIVE_INFINITY, keyframeWaitMs: KEYFRAME_WAIT_MS },
    };
    const requestKeyframe = () => {
      if (viewer.keyframeRequested) return;
      viewer.keyframeRequested = true;
      this.#fanout.schedule();
    };
    return Object.assign(this.#fanout.add(viewer), { requestKeyframe });
  }

  #schedule(): void {
    const fanout = this.#fanout;
    if (!fanout.hasFrame || this.pending > 0) return;
    this.#assignLayers();
    if (fanout.ready.length === 0) return;
    const copied = fanout.copyNewest(this.#current, this.#backoff.retryAt);
    if (copied !== undefined) this.#current = copied;
    if (this.#current === null) return;
    for (const index of QUALITY_LEVELS) this.#serve(this.#current, this.#layers[index]);
  }

  /** Moves each viewer to the layer for its bitrate. */
  #assignLayers(): void {
    for (const viewer of this.#fanout.subscribers) {
      const layer = layerFor(viewer.constraints.bitrate, viewer.layer);
      if (layer === viewer.layer) continue;
      viewer.layer = layer;
      viewer.hasReference = false;
      viewer.keyframeAt = Number.NEGATIVE_INFINITY;
    }
    this.#closeUnusedLayers();
  }

  #closeUnusedLayers(): void {
    for (const index of QUALITY_LEVELS) {
      const layer = this.#layers[index];
      if (layer.isOpen && this.#viewersOf(layer).length === 0) layer.close();
    }
  }

  #viewersOf(layer: VideoLayer): Viewer[] {
    return [...this.#fanout.subscribers].filter((viewer) => viewer.layer === layer.index);
  }

  #serve(current: CopiedFrame, layer: VideoLayer): void {
    const ready = this.#viewersOf(layer).filter(({ busy }) => !busy);
    if (ready.length === 0) return;
    const keyframeAt = Math.min(
      ...ready
        .filter(needsKeyframe)
        .map((viewer) => Math.max(layer.nextKeyframeAt, viewer.keyframeAt + viewer.keyframeWaitMs)),
    );
    const keyframe = performance.now() >= keyframeAt;
    const isNew = layer.frameNumber < current.frame.number;
    if (keyframe || (isNew && ready.some(({ hasReference }) => hasReference)))
      void this.#encode(current, layer, keyframe);
    else {
      if (Number.isFinite(keyframeAt)) this.#fanout.scheduleAt(keyframeAt);
      if (!isNew) this.#refine(current, layer);
    }
  }

  /** Encodes the frame of a still view once more, when the next refinement is due. */
  #refine(current: CopiedFrame, layer: VideoLayer): void {
    const isFinal = layer.converged || layer.refinements >= MAX_REFINEMENTS;
    if (current.stillSince === null || isFinal || this.#fanout.hasNewFrame) return;
    const isAwaited = this.#viewersOf(layer).some(({ busy, hasReference }) => busy && hasReference);
    const intervalMs = isAwaited ? BUSY_VIEWER_TIMEOUT_MS : REFINEMENT_INTERVAL_MS;
    const at = Math.max(current.stillSince + STILL_DELAY_MS, layer.encodedAt + intervalMs);
    if (performance.now() >= at) void this.#encode(current, layer, false);
    else this.#fanout.scheduleAt(at);
  }

  async #encode({ frame }: CopiedFrame, layer: VideoLayer, keyframe: boolean): Promise<void> {
    this.pending++;
    try {
      const bitrate = Math.min(...this.#viewersOf(layer).map(({ constraints }) => constraints.bitrate));
      const encoded = await layer.encode(frame, { bitrate, keyframe });
      this.#backoff.onSuccess();
      this.frames++;
      if (encoded.keyframe) this.keyframes++;
      for (const viewer of this.#viewersOf(layer)) {
        if (!viewer.busy && (viewer.hasReference || encoded.keyframe)) this.#deliver(viewer, encoded);
        else viewer.hasReference = false;
      }
    } catch (error) {
      // The encoder begins a new stream after a failure.
      for (const viewer of this.#viewersOf(layer)) viewer.hasReference = false;
      this.#current = null;
      this.#fanout.invalidateCopy(frame.number);
      this.#backoff.onFailure();
      this.#fanout.onError(error);
    } finally {
      this.pending--;
      queueMicrotask(() => this.#fanout.schedule());
    }
  }

  #deliver(viewer: Viewer, frame: EncodedVideoFrame): void {
    if (frame.keyframe && needsKeyframe(viewer)) {
      const now = performance.now();
      const isFrequent = now - viewer.keyframeAt < KEYFRAME_RESET_MS;
      viewer.keyframeWaitMs = isFrequent
        ? Math.min(2 * viewer.keyframeWaitMs, MAX_KEYFRAME_WAIT_MS)
        : KEYFRAME_WAIT_MS;
      viewer.keyframeAt = now;
      viewer.keyframeRequested = false;
    }
    viewer.hasReference = true;
    this.#fanout.deliver(viewer, frame);
  }

  /** Schedules only if this viewer is due something: with a thousand viewers, each acknowledgement would otherwise visit all of them. */
  #onReady(viewer: Viewer): void {
    const fanout = this.#fanout;
    const isDue = fanout.hasNewFrame || viewer.lastFrame < fanout.lastCopied || needsKeyframe(viewer);
    if (isDue || fanout.busy === 0) fanout.schedule();
  }
}

function needsKeyframe({ hasReference, keyframeRequested }: Viewer): boolean {
  return !hasReference || keyframeRequested;
}
