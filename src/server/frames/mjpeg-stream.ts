import type { Broadcast } from "../../encode/broadcast.ts";
import type { EncodedFrame, Size } from "../../encode/frame.ts";
import type { Subscription } from "../../encode/frame-fanout.ts";
import { QualityControl } from "../../encode/quality-control.ts";
import { guarded } from "../../native/guarded.ts";
import { DirectStream } from "../http/direct-stream.ts";
import { RateMeter } from "../metrics/rate-meter.ts";
import { MULTIPART_HEADERS, type MultipartForm, multipartPart, multipartStart } from "./multipart.ts";
import type { ViewerStream } from "./viewer-stream.ts";

/** Timeout for writing one frame, ms. */
const STALL_TIMEOUT_MS = 60_000;

export interface MjpegStreamOptions {
  form: MultipartForm;
  broadcast: Broadcast;
  /**
   * Size of the frames: a fixed one, into which each is scaled and letterboxed; "first": the same with the size of the first
   * frame, for recorders, which need a constant size; "any": that of each frame, reduced resolution included.
   */
  size: Size | "first" | "any";
  /** Keep-alive interval, ms: after this time without a new frame, the last one is repeated. */
  repeatMs: number;
  /** Interval at which the first `frames` frames of a still view are repeated, ms. Default: `repeatMs`. */
  initialBurst?: { readonly frames: number; readonly repeatMs: number } | undefined;
  /** Image that is sent before the first frame, and not counted as a frame; null for none. */
  placeholder: Promise<EncodedFrame> | null;
  /** Called when a frame was written to the connection. */
  onSent: (frame: EncodedFrame) => void;
  /** Called once, when the stream has ended for any reason. */
  onClosed: () => void;
  /**
   * Timeout for writing one frame, ms; then the stream ends. A lost client (a sleeping laptop) would otherwise keep the renderer
   * busy until the TCP timeout, after a quarter of an hour. Default 60 s.
   */
  stallTimeoutMs?: number;
}

/** One response to `GET /video/mjpeg` (multipart/x-mixed-replace), at most one frame behind. */
export class MjpegStream implements ViewerStream {
  readonly transport = "mjpeg";
  readonly rttMs = null;
  readonly loss = null;
  readonly #options: MjpegStreamOptions;
  readonly rate = new RateMeter();
  newest: EncodedFrame | null = null;
  subscription: Subscription | null = null;
  bytes = 0;
  readonly #control = new QualityControl();
  readonly #body: DirectStream;
  #open = true;
  /** The last frame, which is repeated; null while a frame is being written, so that a client that does not read retains only one. */
  #repeatable: EncodedFrame | null = null;
  /** Whether a write is pending. */
  #busy = false;
  /** Number of frames written, repeated ones included. */
  #written = 0;
  /** Time of the last write, `performance.now()`. */
  #writtenAt = 0;
  #repeatTimer: ReturnType<typeof setTimeout> | undefined;
  /** The constant size of the frames; null if it is not known yet, or changes. */
  #size: Size | null;

  constructor(options: MjpegStreamOptions) {
    this.#options = options;
    this.#size = typeof options.size === "string" ? null : options.size;
    this.#body = new DirectStream(
      MULTIPART_HEADERS,
      () => this.#start(),
      () => this.close(),
    );
  }

  get response(): Response {
    return this.#body.response;
  }

  get size(): MjpegStreamOptions["size"] {
    return this.#options.size;
  }

  get acceptsReducedResolution(): boolean {
    return this.#options.size === "any";
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.subscription?.close();
    clearTimeout(this.#repeatTimer);
    this.#body.close();
    this.#options.onClosed();
  }

  async #start(): Promise<void> {
    // Before the first frame this sends the response's headers, so that the client knows to wait.
    await this.#write(multipartStart(this.#options.form));
    const placeholder = await this.#options.placeholder;
    if (placeholder !== null) {
      await this.#write(multipartPart(this.#options.form, placeholder));
      this.#repeatable = placeholder;
    }
    if (this.#open) {
      this.#subscribe();
      this.#repeatAfter(this.#repeatMs);
    }
  }

  #subscribe(): void {
    const control = this.#control;
    this.subscription = this.#options.broadcast.subscribe((frame) => this.#deliver(frame), {
      lossless: false,
      sizeFor: (view) => this.#sizeFor(view),
      get level() {
        return control.level;
      },
      accepts: (bytes, restedMs) => control.accepts(bytes, restedMs),
    });
  }

  #sizeFor(view: Size): Size | null {
    if (this.#options.size === "first") this.#size ??= view;
    return this.#size;
  }

  #repeatAfter(ms: number): void {
    this.#repeatTimer = setTimeout(
      guarded("A frame could not be repeated", () => {
        const frame = this.#repeatable;
        const remainingMs = this.#writtenAt + this.#repeatMs - performance.now();
        if (remainingMs <= 0 && frame !== null && !this.#busy) {
          this.#written++;
          void this.#write(multipartPart(this.#options.form, frame));
        }
        if (this.#open) this.#repeatAfter(remainingMs > 0 ? remainingMs : this.#repeatMs);
      }),
      Math.ceil(ms),
    );
  }

  get #repeatMs(): number {
    const { repeatMs, initialBurst } = this.#options;
    return initialBurst !== undefined && this.#written < initialBurst.frames
      ? initialBurst.repeatMs
      : repeatMs;
  }

  #deliver(frame: EncodedFrame): void | Promise<void> {
    if (!this.#open) return;
    const startedAt = performance.now();
    this.#repeatable = null;
    this.#written++;
    const written = this.#write(multipartPart(this.#options.form, frame));
    if (written === undefined) return this.#onWritten(frame, 0);
    return written.then(() => this.#onWritten(frame, performance.now() - startedAt));
  }

  #onWritten(frame: EncodedFrame, ms: number): void {
    if (!this.#open) return;
    const { bytes, still } = frame;
    // The newest of the missing frames will still be sent.
    const skipped = Math.max(0, (this.subscription?.framesBehind ?? 0) - 1);
    this.#control.onDelivered({ bytes: bytes.byteLength, ms, skipped, still }, performance.now());
    this.newest = frame;
    this.#repeatable = frame;
    this.rate.tick(frame.bytes.byteLength);
    this.#options.onSent(frame);
  }

  /** Writes bytes. Settles when the connection accepts more; undefined if it does immediately. Never rejects. */
  #write(bytes: Uint8Array): Promise<void> | undefined {
    if (!this.#body.isWritable) return;
    this.bytes += bytes.byteLength;
    this.#writtenAt = performance.now();
    try {
      const written = this.#body.write(bytes);
      return written && this.#whenWritten(written);
    } catch {
      this.close();
    }
  }

  async #whenWritten(written: Promise<unknown>): Promise<void> {
    this.#busy = true;
    const stalled = setTimeout(
      guarded("A stalled stream could not be closed", () => this.close()),
      this.#options.stallTimeoutMs ?? STALL_TIMEOUT_MS,
    );
    // A write to a lost client may never settle: then the end of the stream settles this.
    await Promise.race([written, this.#body.closed]).catch(() => this.close());
    clearTimeout(stalled);
    this.#busy = false;
  }
}
