import { hasSeveralLevels } from "../actors/detail-layers.ts";
import { isSoftwareRenderer } from "../gl/index.ts";
import { EventQueue } from "../memory/event-queue.ts";
import { SHARED_MEMORY } from "../memory/memory-backend.ts";
import { SharedImage } from "../memory/shared-image.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { resizeShow } from "./apply-events.ts";
import { FramePublisher, imageShapeFor, type PublishOptions } from "./frame-publisher.ts";
import { QualityLadder } from "./quality-ladder.ts";
import { type AnimationTime, type LoopFrame, RenderLoop } from "./render-loop.ts";
import { ShowInteraction } from "./show-interaction.ts";

/** An animation of the scene. */
export interface Animation {
  /** Seconds until it repeats; 0 for a scene that does not move. */
  readonly duration: number;
  animate(seconds: number): void;
}

export interface ShowStreamOptions extends PublishOptions {
  /** How many events the queue holds. Default 50. */
  maxQueueSize?: number;
  /** Maximum frames per second. Default 60. */
  framesPerSecond?: number;
  /**
   * Nothing is rendered for a server with viewers that sent no heartbeat for this time, ms; a server sends one every 2 s.
   * Default 10000.
   */
  serverSilenceMs?: number;
  /**
   * Called with the drawn share of a progressive full view, 0 to 1, every 250 ms from half a second after its start; and with null
   * when the view is complete or was abandoned after a change. Default: no reports.
   */
  onCompleteness?: ((share: number | null) => void) | undefined;
  /** Called when the animation begins to play, and when it stops. Default: no calls. */
  onAnimation?: ((time: AnimationTime) => void) | undefined;
}

/** Delay from the start of a full view to the first report of its completeness, ms. */
const COMPLETENESS_DELAY_MS = 500;
const COMPLETENESS_INTERVAL_MS = 250;

/** The names of all segments, under FURY's JSON keys. */
export interface StreamNames {
  image_buffer_names: string[];
  info_buffer_name: string;
  queue_buffer_name: string;
  queue_head_tail_buffer_name: string;
}

/**
 * A running stream of a show: its frames in shared memory, its events, and a loop that renders only if there are viewers
 * and the view changes.
 */
export class ShowStream implements Disposable {
  /** The image that the frames are written into. */
  readonly image: SharedImage<string>;
  /** The queue of the events from a server. */
  readonly queue: EventQueue<string>;
  readonly interaction: ShowInteraction;
  readonly loop: RenderLoop;
  #isProvisional = false;
  readonly #publisher: FramePublisher;
  /** Removes the listener that publishes every rendered frame; null when stopped. */
  #stopPublishing: (() => void) | null = null;
  #animation: Animation | null = null;
  #isPaused = false;
  /** Whether the newest change is the next of several time steps. */
  #isAdvancing = false;
  readonly #show: ShowManager;
  readonly #quality = new QualityLadder();
  /** Whether the scene has several levels of detail. */
  #hasLevels = false;
  readonly #isSoftwareRenderer: boolean;
  readonly #serverSilenceMs: number;
  readonly #onCompleteness: (share: number | null) => void;
  /** Whether a frame is being drawn in steps. */
  #isDrawing = false;
  /** Updates of the scene that wait for the end of a frame. */
  #updates: (() => void)[] = [];
  /** The completeness that was last reported. */
  #reported: number | null = null;
  /** The resources that {@link cleanup} releases. */
  readonly #opened: DisposableStack;
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** @throws RangeError if the show is larger than maxWindowSize; SharedMemoryError if there is not enough shared memory. */
  constructor(show: ShowManager, options: ShowStreamOptions = {}) {
    const {
      maxQueueSize = 50,
      framesPerSecond,
      serverSilenceMs = 10_000,
      onWriteError,
      onAnimation,
    } = options;
    this.#serverSilenceMs = serverSilenceMs;
    this.#onCompleteness = options.onCompleteness ?? (() => {});
    this.#show = show;
    this.#isSoftwareRenderer = isSoftwareRenderer(show.driver);
    using opened = new DisposableStack();
    this.image = opened.use(new SharedImage(SHARED_MEMORY, imageShapeFor(show, options)));
    this.#publisher = opened.use(new FramePublisher(show, this.image, onWriteError));
    // Reports a full /dev/shm now, and not while the first frame is written.
    this.image.reserve(...show.size);
    this.loop = new RenderLoop({
      ...(framesPerSecond !== undefined && { framesPerSecond }),
      ...(onAnimation && { onAnimation }),
      isAnimated: () => this.#isAnimated(),
      renderFrame: (frame) => this.#render(frame),
    });
    this.queue = opened.use(new EventQueue(SHARED_MEMORY, { maxSize: maxQueueSize }));
    this.interaction = opened.use(
      new ShowInteraction(show, this.queue, {
        image: this.image,
        onChange: () => this.invalidate(),
        onWake: () => this.#updateViewers(),
      }),
    );
    opened.defer(show.on("resize", () => this.#resetQuality()));
    opened.defer(show.on("change", () => this.invalidate()));
    opened.defer(show.panel.watch({ onProgram: () => this.invalidate() }));
    this.#opened = opened.move();
  }

  /** Names by which a server attaches. */
  get names(): StreamNames {
    const { images, info } = this.image.keys;
    const { rows, headTail } = this.queue.keys;
    return {
      image_buffer_names: [...images],
      info_buffer_name: info,
      queue_buffer_name: rows,
      queue_head_tail_buffer_name: headTail,
    };
  }

  /** The animation of the scene, or null. */
  get animation(): Animation | null {
    return this.#animation;
  }

  set animation(animation: Animation | null) {
    this.#animation = animation;
    this.#resetQuality();
    this.invalidate();
  }

  /** Whether the animation is paused: the view is then still. Default: false. */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  set isPaused(isPaused: boolean) {
    this.#isPaused = isPaused;
    this.invalidate();
  }

  /** Whether the scene is a preview of files that are being loaded; its frames are never still. Call `invalidate` after a change. */
  set isProvisional(isProvisional: boolean) {
    this.#isProvisional = isProvisional;
    this.image.hasPendingRender = true;
  }

  /** Requests a render, for example because the scene was changed. */
  invalidate(): void {
    this.image.hasPendingRender = true;
    this.#isAdvancing = false;
    this.loop.invalidate();
    this.#reportCompleteness(null);
  }

  /**
   * Requests a render because the next of several time steps is shown. Its frame is as good as that of an animation: at full resolution, and
   * complete; the full view follows when no other step does.
   */
  advance(): void {
    this.image.hasPendingRender = true;
    this.#isAdvancing = true;
    this.loop.invalidate({ steered: false });
    this.#reportCompleteness(null);
  }

  /**
   * Updates the scene between two frames, and not between the steps of one: now if no frame is being drawn. The update must not change the
   * picture of a still view, since no frame is requested.
   */
  betweenFrames(update: () => void): void {
    this.#updates.push(update);
    if (!this.#isDrawing) this.#runUpdates();
  }

  /** Resizes the show and renders it. Size in px. @throws SharedMemoryError if there is no memory for the frames */
  resize(width: number, height: number): void {
    if (resizeShow(this.#show, width, height, this.image)) this.invalidate();
  }

  /** Renders, publishes frames and applies events from now on, and keeps the process alive. Starting again is a restart. */
  start(): void {
    this.#stopPublishing?.();
    this.#stopPublishing = this.#show.on("render", () => this.#publisher.publishOrReport());
    this.interaction.run();
    this.#updateViewers();
    this.loop.start();
  }

  /** Returns false if it was stopped already. */
  stop(): boolean {
    clearTimeout(this.#silence);
    const wasPublishing = this.#stopPublishing !== null;
    this.#stopPublishing?.();
    this.#stopPublishing = null;
    return [this.loop.stop(), this.interaction.stop(), wasPublishing].includes(true);
  }

  /** Stops, and removes the shared memory; the show stays. May be called twice. */
  cleanup(): void {
    this.stop();
    this.#opened.dispose();
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  #render({ still, steered, seconds }: LoopFrame): Iterator<unknown> | undefined {
    const { image } = this;
    this.#publisher.expectFrame({
      still: still && !this.#isProvisional,
      eventTimestamp: this.interaction.newestEventTimestamp,
    });
    this.#animation?.animate(seconds);
    this.#animateShow(seconds);
    if (still) {
      this.#quality.onOtherSize();
      return this.#renderStill();
    }
    // On a software driver only the frame of a still view has antialiasing and back faces, which take three times and twice
    // as long. A GPU draws the full scene, unless a very large mesh is too slow.
    const isSoftware = this.#isSoftwareRenderer;
    const canScale = isSoftware && image.allowReducedResolution;
    const canReduce = steered && (canScale || this.#hasLevels);
    const quality = canReduce ? this.#quality.quality : { scale: 1, level: isSoftware ? 0 : -1 };
    const scale = canScale ? quality.scale : 1;
    const { level } = quality;
    const startedAt = performance.now();
    const samples = isSoftware ? 0 : 4;
    this.#show.render({ samples, draft: level >= 0, level: Math.max(0, level), scale });
    if (canReduce) this.#quality.record(performance.now() - startedAt);
    else this.#quality.onOtherSize();
    // An animated view is never still: its best frame is one at full resolution.
    if ((this.#isAnimated() || this.#isAdvancing) && scale === 1) image.hasPendingRender = false;
    return undefined;
  }

  *#renderStill(): Generator<void, void> {
    // No change has set this before the first frame.
    this.image.hasPendingRender = true;
    let reportAt = performance.now() + COMPLETENESS_DELAY_MS;
    this.#isDrawing = true;
    try {
      for (const share of this.#show.renderSteps()) {
        if (performance.now() >= reportAt) {
          this.#reportCompleteness(share);
          reportAt = performance.now() + COMPLETENESS_INTERVAL_MS;
        }
        yield;
      }
    } finally {
      this.#isDrawing = false;
      this.#runUpdates();
    }
    if (!this.#isProvisional) this.image.hasPendingRender = false;
    this.#reportCompleteness(null);
  }

  #runUpdates(): void {
    if (this.#updates.length === 0) return;
    for (const update of this.#updates.splice(0)) update();
    this.#resetQuality();
  }

  #reportCompleteness(share: number | null): void {
    if (share === this.#reported) return;
    this.#reported = share;
    this.#onCompleteness(share);
  }

  #isAnimated(): boolean {
    return !this.#isPaused && ((this.#animation?.duration ?? 0) > 0 || this.#show.isAnimated);
  }

  /** An error of a listener is thrown afterwards, uncaught, so that the frame is rendered. */
  #animateShow(seconds: number): void {
    try {
      this.#show.animate(seconds);
    } catch (error) {
      setTimeout(() => {
        throw error;
      });
    }
  }

  #resetQuality(): void {
    this.#hasLevels = hasSeveralLevels(this.#show.scene);
    this.#quality.reset({ hasLevels: this.#hasLevels, isGpu: !this.#isSoftwareRenderer });
  }

  /** A server that does not publish its number of viewers, like FURY's, counts as one viewer; a server that was killed counts as no viewer. */
  #updateViewers(): void {
    const { serverSignals, viewers } = this.image;
    this.loop.viewers = serverSignals ? viewers : 1;
    clearTimeout(this.#silence);
    if (!serverSignals || viewers === 0) return;
    this.#silence = setTimeout(() => {
      this.loop.viewers = 0;
    }, this.#serverSilenceMs);
  }
}
