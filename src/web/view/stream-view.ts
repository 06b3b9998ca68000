import { resizeCanvas } from "../dom.ts";
import type { ShownFrame } from "../status/frame-statistics.ts";
import type { FrameStream, StreamContext } from "./frame-stream.ts";
import { fills, letterbox, type Rect, type Size } from "./geometry.ts";
import { fetchCurrentFrame } from "./snapshot.ts";
import type { Transport } from "./transport.ts";

/** A copy is taken when no frame came for so long … */
const REST_MS = 150;
/** … and at least so often while frames come: copying costs the decoding of one picture. */
const COPY_EVERY_MS = 1000;
/** Delay before a still preview is shown in place of a transport that opens slowly, ms. */
const PREVIEW_MS = 300;
/** A stream that broke while the server is there is opened again after this. */
const REOPEN_MS = 1000;

const NO_WAY = () => null;

/**
 * The picture in the window: a stream while there is a server and the page can be seen, and below it a still copy of the
 * last picture, which stays when the stream ends. Without the copy a stream that breaks would leave nothing to look at.
 */
export class StreamView {
  readonly #stage: HTMLElement;
  readonly #still: HTMLCanvasElement;
  readonly #context: StreamContext;
  readonly #onChange: () => void;
  readonly #onFrame: (frame: ShownFrame) => void;
  readonly #onNothing: (transport: Transport) => void;
  readonly #timeoutMs: number;
  /** Says how the picture is to come. */
  #choose: () => Transport | null = NO_WAY;
  #transport: Transport | null = null;
  #stream: FrameStream | undefined;
  #shown = false;
  /** When a picture began to be missed; not while one is there, or none can be. */
  #missingSince: number | undefined;
  #previewTimer: ReturnType<typeof setTimeout> | undefined;
  #restTimer: ReturnType<typeof setTimeout> | undefined;
  #reopenTimer: ReturnType<typeof setTimeout> | undefined;
  #copiedAt = 0;
  #previewAbort = new AbortController();
  #hasPreview = false;

  constructor(options: {
    /** The element that the picture fills; it is given a canvas and the stream's element. */
    stage: HTMLElement;
    ways: StreamContext;
    /** A stream that gives no picture for so long, though there is one, will not give any. */
    patienceMs: number;
    /** Called when {@link isLive} or {@link transport} may have changed. */
    onChange: () => void;
    /** See PictureStreamEvents. */
    onFrame: (frame: ShownFrame) => void;
    /** No picture came this way though there was one: the next may be chosen otherwise. */
    onNothing: (transport: Transport) => void;
  }) {
    this.#stage = options.stage;
    this.#context = options.ways;
    this.#timeoutMs = options.patienceMs;
    this.#onChange = options.onChange;
    this.#onFrame = options.onFrame;
    this.#onNothing = options.onNothing;
    this.#still = document.createElement("canvas");
    this.#still.className = "kept";
    this.#still.width = 0;
    this.#still.height = 0;
    this.#stage.append(this.#still);
    new ResizeObserver(() => this.#fit()).observe(this.#stage);
    document.addEventListener("visibilitychange", () => this.#update());
    window.addEventListener("pagehide", () => this.#closeStream());
    // Coming back from the browser's page cache is no change of visibility everywhere.
    window.addEventListener("pageshow", () => this.#update());
  }

  /** Whether the stream of now has shown a picture. */
  get isLive(): boolean {
    return this.#shown;
  }

  /** Whether a still preview was shown since the last {@link close}. */
  get hasPreview(): boolean {
    return this.#hasPreview;
  }

  /** How the picture comes, or came last; null before it did. */
  get transport(): Transport | null {
    return this.#transport;
  }

  /** Whether there is any picture to look at, live or still. */
  get hasAny(): boolean {
    return this.#size() !== null;
  }

  /** Opens the stream, now or as soon as the page can be seen; `choose` says how, each time that it is opened. */
  open(choose: () => Transport | null): void {
    this.#closeStream();
    this.#choose = choose;
    this.#update();
  }

  /** Ends the stream; the last picture stays. */
  close(): void {
    this.#choose = NO_WAY;
    this.#hasPreview = false;
    this.#closeStream();
  }

  /** A frame was handed to the stream. */
  onFrameReceived(): void {
    this.#fit();
    if (this.#stream?.clearsOnDisconnect !== true) return;
    clearTimeout(this.#restTimer);
    if (performance.now() - this.#copiedAt > COPY_EVERY_MS) this.#copyToStill();
    this.#restTimer = setTimeout(() => this.#copyToStill(), REST_MS);
  }

  /**
   * Opens the stream again where it broke without saying so, or by another way where it gives nothing. Called now and
   * then. @param expected whether a picture is there, so that one must come
   */
  check(expected: boolean): void {
    if (this.#shown && this.#stream?.size() === null) this.#reopenLater();
    if (this.#shown || this.#stream === undefined || this.#transport === null) this.#missingSince = undefined;
    else if (expected) {
      const now = performance.now();
      this.#missingSince ??= now;
      if (now - this.#missingSince >= this.#timeoutMs) this.#onTimeout(this.#transport);
    }
  }

  /** The element that shows the live picture, and the picture's size in px; null if there is none. */
  get live(): { element: FrameStream["element"]; size: Size } | null {
    const size = this.#shown ? this.#stream?.size() : null;
    return this.#stream === undefined || !size ? null : { element: this.#stream.element, size };
  }

  /** Where the picture is in the window, in CSS px; the whole stage before there is one. */
  rect(): Rect {
    const box = this.#stage.getBoundingClientRect();
    return letterbox(box, this.#size() ?? box);
  }

  #size(): Size | null {
    return this.live?.size ?? (this.#still.width > 0 ? this.#still : null);
  }

  #update(): void {
    if (document.hidden) this.#closeStream();
    else if (this.#stream === undefined) {
      const transport = this.#choose();
      if (transport !== null) this.#openStream(transport);
    }
  }

  #openStream(transport: Transport): void {
    clearTimeout(this.#reopenTimer);
    const stream = transport.open(this.#context, {
      onFirstFrame: () => {
        this.#shown = true;
        stream.element.classList.add("live");
        this.onFrameReceived();
        this.#onChange();
      },
      onFrame: (frame) => {
        this.#fit();
        this.#onFrame(frame);
      },
      onDisconnected: () => this.#reopenLater(),
      onTransportFailed: () => this.#fallBack(transport),
    });
    // Fired by a <video> when the size of its frames changes.
    stream.element.addEventListener("resize", () => this.#fit());
    this.#stream = stream;
    this.#stage.append(stream.element);
    this.#transport = transport;
    this.#missingSince = undefined;
    this.#previewAbort = new AbortController();
    // Only WebRTC can fail silently, when a firewall drops its packets.
    if (transport.opensSlowly) {
      this.#previewTimer = setTimeout(() => {
        this.#preview(this.#previewAbort.signal).catch(() => {
          // The stream shows the picture later.
        });
      }, PREVIEW_MS);
    }
    this.#onChange();
  }

  #onTimeout(transport: Transport): void {
    this.#missingSince = undefined;
    this.#onNothing(transport);
    if (this.#choose() === transport) return;
    this.#closeStream();
    this.#update();
  }

  #closeStream(): void {
    clearTimeout(this.#restTimer);
    clearTimeout(this.#reopenTimer);
    clearTimeout(this.#previewTimer);
    this.#previewAbort.abort();
    if (this.#stream === undefined) return;
    this.#copyToStill();
    this.#stream.close();
    this.#stream = undefined;
    this.#shown = false;
    this.#onChange();
  }

  #reopenLater(): void {
    this.#closeStream();
    this.#reopenTimer = setTimeout(() => this.#update(), REOPEN_MS);
  }

  #fallBack(transport: Transport): void {
    this.#onNothing(transport);
    this.#closeStream();
    this.#reopenTimer = setTimeout(() => this.#update(), this.#choose() === transport ? REOPEN_MS : 0);
  }

  /** See {@link fills}. */
  #fit(): void {
    const size = this.#size();
    const box = this.#stage.getBoundingClientRect();
    this.#stage.classList.toggle("filled", size !== null && fills(box, size));
  }

  /** Shows the server's current frame until the stream has one. */
  async #preview(signal: AbortSignal): Promise<void> {
    if (this.#shown) return;
    const bitmap = await fetchCurrentFrame(this.#context.urls, signal);
    if (!signal.aborted && !this.#shown) {
      this.#drawStill(bitmap, bitmap);
      this.#hasPreview = true;
      this.#fit();
      this.#onChange();
    }
    bitmap.close();
  }

  #copyToStill(): void {
    const { live } = this;
    if (live === null) return;
    this.#copiedAt = performance.now();
    this.#drawStill(live.element, live.size);
  }

  /** Draws the still picture. */
  #drawStill(picture: CanvasImageSource, size: Size): void {
    resizeCanvas(this.#still, size);
    this.#still.getContext("2d", { alpha: false })?.drawImage(picture, 0, 0);
  }
}
