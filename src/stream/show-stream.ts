import { FuryStreamClient, type FuryStreamClientOptions } from "../fury/fury-stream-client.ts";
import { FuryStreamInteraction } from "../fury/fury-stream-interaction.ts";
import { isSoftwareRenderer } from "../gl/index.ts";
import type { PixelFormat } from "../memory/frame-metadata.ts";
import type { ShowManager } from "../scene/show-manager.ts";
import { resizeShow } from "./apply-events.ts";
import { type LoopFrame, RenderLoop } from "./render-loop.ts";
import { RenderScale } from "./render-scale.ts";

/** What moves by itself. */
export interface Animation {
  /** Seconds until it repeats; 0 for what stands still. */
  readonly duration: number;
  animate(seconds: number): void;
}

export interface ShowStreamOptions {
  /** The largest picture in px, see FuryStreamClient. */
  maxWindowSize?: readonly [width: number, height: number];
  /** Default 2. */
  numBuffers?: number;
  /** Default "rgb". */
  pixelFormat?: PixelFormat;
  /** See FuryStreamClient. */
  onWriteError?: FuryStreamClientOptions["onWriteError"];
  /** Default 50. */
  maxQueueSize?: number;
  /** Frames per second at most. Default 60. */
  framesPerSecond?: number;
  /**
   * A server with viewers that was silent for so long is taken for dead, ms: nothing is rendered for it any more. A living
   * one says every 2 s that it is there. Default 10000.
   */
  serverSilenceMs?: number;
}

/** The names of all segments, under FURY's JSON keys. */
export interface StreamNames {
  image_buffer_names: string[];
  info_buffer_name: string;
  queue_buffer_name: string;
  queue_head_tail_buffer_name: string;
}

/**
 * A show on the air: its stream client, its interaction, and a loop that renders what somebody looks at and only when
 * it changes.
 */
export class ShowStream implements Disposable {
  readonly client: FuryStreamClient<false>;
  readonly interaction: FuryStreamInteraction<false>;
  readonly loop: RenderLoop;
  /** What moves by itself in the show; null while nothing does. */
  #animation: Animation | null = null;
  readonly #show: ShowManager;
  readonly #scale = new RenderScale();
  /** Whether the driver is a software one. */
  readonly #slow: boolean;
  readonly #serverSilenceMs: number;
  /** What {@link cleanup} lets go of. */
  readonly #opened: DisposableStack;
  #silence: ReturnType<typeof setTimeout> | undefined;

  /** @throws the errors of FuryStreamClient and SharedMemCircularQueue; nothing is then left behind. */
  constructor(show: ShowManager, options: ShowStreamOptions = {}) {
    const { maxQueueSize, framesPerSecond, serverSilenceMs = 10_000 } = options;
    this.#serverSilenceMs = serverSilenceMs;
    this.#show = show;
    this.#slow = isSoftwareRenderer(show.driver);
    using opened = new DisposableStack();
    this.client = opened.use(new FuryStreamClient(show, { ...options, useRawArray: false }));
    const manager = this.client.imageBufferManager;
    // A full /dev/shm is said now, and not in the middle of the first frame.
    manager.reserve(...show.size);
    this.loop = new RenderLoop({
      ...(framesPerSecond !== undefined && { framesPerSecond }),
      isAlive: () => this.#isAlive(),
      renderFrame: (frame) => this.#render(frame),
    });
    this.interaction = opened.use(
      new FuryStreamInteraction(show, {
        ...(maxQueueSize !== undefined && { maxQueueSize }),
        useRawArray: false,
        imageBufferManager: manager,
        onChange: () => this.invalidate(),
        onWake: () => this.#countViewers(),
      }),
    );
    opened.defer(show.on("resize", () => this.#scale.reset()));
    this.#opened = opened.move();
  }

  /** What a server needs to attach. */
  get names(): StreamNames {
    return { ...this.client.imageBufferManager.names, ...this.interaction.circularQueue.names };
  }

  get animation(): Animation | null {
    return this.#animation;
  }

  set animation(animation: Animation | null) {
    this.#animation = animation;
    this.#scale.reset();
    this.invalidate();
  }

  /** Says that the show is to look different, for example because its scene was changed. */
  invalidate(): void {
    this.client.imageBufferManager.hasPendingRender = true;
    this.loop.invalidate();
  }

  /** Resizes the show and renders it. Size in px. @throws SharedMemoryError if there is no memory for the frames */
  resize(width: number, height: number): void {
    if (resizeShow(this.#show, width, height, this.client.imageBufferManager)) this.invalidate();
  }

  /** Renders, writes and takes events from now on, and keeps the process alive. Starting again is a restart. */
  start(): void {
    this.client.follow(); // the loop makes the first picture, in full quality
    this.interaction.start();
    this.#countViewers();
    this.loop.start();
  }

  /** Returns false when it was stopped already. */
  stop(): boolean {
    clearTimeout(this.#silence);
    const stopped = [this.loop.stop(), this.interaction.stop(), this.client.stop()];
    return stopped.includes(true);
  }

  /** Stops, and removes the shared memory; the show stays. May be called twice. */
  cleanup(): void {
    this.stop();
    this.#opened.dispose();
  }

  [Symbol.dispose](): void {
    this.cleanup();
  }

  #render({ still, steered, seconds }: LoopFrame): void {
    const manager = this.client.imageBufferManager;
    this.client.expectFrame({ still, eventTimestamp: this.interaction.newestEventTimestamp });
    this.#animation?.animate(seconds);
    // Three times the time for antialiasing and twice for back faces: on a software driver, only the picture of a view at
    // rest has them.
    const draft = this.#slow && !still;
    const samples = draft ? 0 : 4;
    let scale = 1;
    if (draft && steered && manager.allowReducedResolution) {
      const begun = performance.now();
      scale = this.#scale.scale;
      this.#show.render({ samples, draft, scale });
      this.#scale.took(performance.now() - begun);
    } else {
      this.#show.render({ samples, draft });
      this.#scale.rested();
    }
    // Where nothing rests there is no better frame to wait for than one in full size.
    if (still || (this.#isAlive() && scale === 1)) manager.hasPendingRender = false;
  }

  #isAlive(): boolean {
    return (this.#animation?.duration ?? 0) > 0;
  }

  /** A server that does not count its viewers, like FURY's, has some; one that was killed has none any more. */
  #countViewers(): void {
    const { serverSignals: serverWakes, viewers } = this.client.imageBufferManager;
    this.loop.viewers = serverWakes ? viewers : 1;
    clearTimeout(this.#silence);
    if (!serverWakes || viewers === 0) return;
    this.#silence = setTimeout(() => {
      this.loop.viewers = 0;
    }, this.#serverSilenceMs);
  }
}
