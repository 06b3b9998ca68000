import type { ShownFrame } from "../status/frame-statistics.ts";
import type { FrameStream, StreamContext } from "./frame-stream.ts";
import { fills, letterbox, type Rect, resizeCanvas, type Size } from "./geometry.ts";
import { fetchCurrentFrame } from "./snapshot.ts";
import type { Transport } from "./transport.ts";

/** Delay before the current frame is copied if no newer one arrives, ms. */
const COPY_DELAY_MS = 150;
/** Interval of copies while frames arrive, ms. A copy costs as much as decoding a frame. */
const COPY_INTERVAL_MS = 1000;
/** Delay before a preview is shown in place of a transport that opens slowly, ms. */
const PREVIEW_DELAY_MS = 300;
/** Delay before a broken stream is opened again, ms. */
const REOPEN_DELAY_MS = 1000;

/** Size of a small picture of a view, px. */
const THUMBNAIL_SIZE: Size = { width: 128, height: 72 };

const NO_TRANSPORT = () => null;

interface StreamViewOptions {
  /** The element that the view fills; it gets a canvas and the stream's element. */
  stage: HTMLElement;
  context: StreamContext;
  /** Time without a first frame, though the renderer has one, after which a transport has failed, ms. */
  timeoutMs: number;
  /** Called when {@link isLive} or {@link transport} may have changed. */
  onChange: () => void;
  /** See {@link FrameStreamEvents.onFrame}. */
  onFrame: (frame: ShownFrame) => void;
  /** The transport does not work here; `select` is then called again. */
  onTransportFailed: (transport: Transport) => void;
}

/**
 * The live view: a stream while the server is connected and the page is visible, and below it a canvas with a copy of the last
 * frame, which stays visible when the stream ends.
 */
export class StreamView {
  readonly #options: StreamViewOptions;
  readonly #stillCanvas = document.createElement("canvas");
  #select: () => Transport | null = NO_TRANSPORT;
  /** The current transport, or the last one; null before the first. */
  transport: Transport | null = null;
  #stream: FrameStream | undefined;
  /** Whether the current stream has shown a frame. */
  isLive = false;
  /** Time since which a frame is expected and missing; undefined if none is expected. */
  #missingSince: number | undefined;
  #previewTimer: ReturnType<typeof setTimeout> | undefined;
  #copyTimer: ReturnType<typeof setTimeout> | undefined;
  #reopenTimer: ReturnType<typeof setTimeout> | undefined;
  #copiedAt = 0;
  #previewAbort = new AbortController();
  /** Whether a preview was shown since the last {@link close}. */
  hasPreview = false;

  constructor(options: StreamViewOptions) {
    this.#options = options;
    this.#stillCanvas.className = "still";
    this.#stillCanvas.width = 0;
    this.#stillCanvas.height = 0;
    this.#options.stage.append(this.#stillCanvas);
    new ResizeObserver(() => this.#fit()).observe(this.#options.stage);
    document.addEventListener("visibilitychange", () => this.#update());
    window.addEventListener("pagehide", () => this.#closeStream());
    // Not every browser reports a return from the back/forward cache as a change of visibility.
    window.addEventListener("pageshow", () => this.#update());
  }

  /** Whether any frame is visible, live or still. */
  get hasFrame(): boolean {
    return this.#size() !== null;
  }

  /** Opens the stream as soon as the page is visible. `select` is called each time that the stream is opened. */
  open(select: () => Transport | null): void {
    this.#closeStream();
    this.#select = select;
    this.#update();
  }

  /** Ends the stream; the last frame stays visible. */
  close(): void {
    this.#select = NO_TRANSPORT;
    this.hasPreview = false;
    this.#closeStream();
  }

  /** Handles a frame of a stream that does not report its frames itself (MJPEG). */
  onFrameReceived(): void {
    this.#fit();
    if (this.#stream?.clearsOnDisconnect !== true) return;
    clearTimeout(this.#copyTimer);
    if (performance.now() - this.#copiedAt > COPY_INTERVAL_MS) this.#copyToStill();
    this.#copyTimer = setTimeout(() => this.#copyToStill(), COPY_DELAY_MS);
  }

  /**
   * Reopens a stream that broke without an event, and falls back from a transport that shows nothing. To be called regularly.
   * @param expectsFrame whether the renderer has a frame that must arrive
   */
  check(expectsFrame: boolean): void {
    if (this.isLive && this.#stream?.size() === null) this.#reopenLater();
    if (this.isLive || this.#stream === undefined || this.transport === null) {
      this.#missingSince = undefined;
    } else if (expectsFrame) {
      const now = performance.now();
      this.#missingSince ??= now;
      if (now - this.#missingSince >= this.#options.timeoutMs) this.#onTimeout(this.transport);
    }
  }

  /** The element that shows the stream, and the frame's size in px; null if there is no frame. */
  get live(): { element: FrameStream["element"]; size: Size } | null {
    const size = this.isLive ? this.#stream?.size() : null;
    return this.#stream === undefined || !size ? null : { element: this.#stream.element, size };
  }

  /** A small picture of the current frame, as a data URL; empty without a frame. */
  thumbnail(): string {
    const { live } = this;
    if (live === null) return "";
    const canvas = document.createElement("canvas");
    resizeCanvas(canvas, THUMBNAIL_SIZE);
    const { width, height } = THUMBNAIL_SIZE;
    const scale = Math.max(width / live.size.width, height / live.size.height);
    const [shownWidth, shownHeight] = [live.size.width * scale, live.size.height * scale];
    canvas
      .getContext("2d", { alpha: false })
      ?.drawImage(
        live.element,
        (width - shownWidth) / 2,
        (height - shownHeight) / 2,
        shownWidth,
        shownHeight,
      );
    return canvas.toDataURL("image/jpeg", 0.8);
  }

  /** Rectangle of the view in the window, CSS px; the whole stage before the first frame. */
  rect(): Rect {
    const box = this.#options.stage.getBoundingClientRect();
    return letterbox(box, this.#size() ?? box);
  }

  #size(): Size | null {
    return this.live?.size ?? (this.#stillCanvas.width > 0 ? this.#stillCanvas : null);
  }

  #update(): void {
    if (document.hidden) this.#closeStream();
    else if (this.#stream === undefined) {
      const transport = this.#select();
      if (transport !== null) this.#openStream(transport);
    }
  }

  #openStream(transport: Transport): void {
    clearTimeout(this.#reopenTimer);
    const stream = transport.open(this.#options.context, {
      onFirstFrame: () => {
        this.isLive = true;
        stream.element.classList.add("live");
        this.onFrameReceived();
        this.#options.onChange();
      },
      onFrame: (frame) => {
        this.#fit();
        this.#options.onFrame(frame);
      },
      onDisconnected: () => this.#reopenLater(),
      onTransportFailed: () => this.#fallBack(transport),
    });
    // Fired by a <video> when the size of its frames changes.
    stream.element.addEventListener("resize", () => this.#fit());
    this.#stream = stream;
    this.#options.stage.append(stream.element);
    this.transport = transport;
    this.#missingSince = undefined;
    this.#previewAbort = new AbortController();
    if (transport.opensSlowly) {
      this.#previewTimer = setTimeout(() => {
        this.#showPreview(this.#previewAbort.signal).catch(() => {
          // The stream will show the frame.
        });
      }, PREVIEW_DELAY_MS);
    }
    this.#options.onChange();
  }

  #onTimeout(transport: Transport): void {
    this.#missingSince = undefined;
    this.#options.onTransportFailed(transport);
    if (this.#select() === transport) return;
    this.#closeStream();
    this.#update();
  }

  #closeStream(): void {
    clearTimeout(this.#copyTimer);
    clearTimeout(this.#reopenTimer);
    clearTimeout(this.#previewTimer);
    this.#previewAbort.abort();
    if (this.#stream === undefined) return;
    this.#copyToStill();
    this.#stream.close();
    this.#stream = undefined;
    this.isLive = false;
    this.#options.onChange();
  }

  #reopenLater(delayMs = REOPEN_DELAY_MS): void {
    this.#closeStream();
    this.#reopenTimer = setTimeout(() => this.#update(), delayMs);
  }

  #fallBack(transport: Transport): void {
    this.#options.onTransportFailed(transport);
    this.#reopenLater(this.#select() === transport ? REOPEN_DELAY_MS : 0);
  }

  /** See {@link fills}. */
  #fit(): void {
    const size = this.#size();
    const box = this.#options.stage.getBoundingClientRect();
    this.#options.stage.classList.toggle("filled", size !== null && fills(box, size));
  }

  /** Shows the server's current frame until the stream has one. */
  async #showPreview(signal: AbortSignal): Promise<void> {
    if (this.isLive) return;
    const bitmap = await fetchCurrentFrame(this.#options.context.urls, signal);
    if (!signal.aborted && !this.isLive) {
      this.#drawStill(bitmap, bitmap);
      this.hasPreview = true;
      this.#fit();
      this.#options.onChange();
    }
    bitmap.close();
  }

  #copyToStill(): void {
    const { live } = this;
    if (live === null) return;
    this.#copiedAt = performance.now();
    this.#drawStill(live.element, live.size);
  }

  #drawStill(image: CanvasImageSource, size: Size): void {
    resizeCanvas(this.#stillCanvas, size);
    this.#stillCanvas.getContext("2d", { alpha: false })?.drawImage(image, 0, 0);
  }
}
