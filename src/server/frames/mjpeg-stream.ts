import type { Broadcast } from "../../encode/broadcast.ts";
import type { EncodedFrame, QualityLevel, Size } from "../../encode/frame.ts";
import type { Subscription } from "../../encode/frame-fanout.ts";
import { QualityControl } from "../../encode/quality-control.ts";
import { guarded } from "../../native/guarded.ts";
import { DirectStream } from "../http/direct-stream.ts";
import { RateMeter } from "../metrics/rate-meter.ts";
import { MULTIPART_HEADERS, type MultipartForm, multipartPart, multipartStart } from "./multipart.ts";
import type { ViewerStream } from "./viewer-stream.ts";

const STALL_TIMEOUT_MS = 60_000;

export interface MjpegOptions {
  form: MultipartForm;
  broadcast: Broadcast;
  /**
   * Size of the pictures: a fixed one, into which each is scaled and letterboxed; "first": the same with the size of the first
   * frame, for recorders, which need a constant size; "any": that of each frame, reduced resolution included.
   */
  size: Size | "first" | "any";
  /** Keep-alive interval, ms: after this time without a new picture, the last one is repeated. */
  repeatMs: number;
  /** Interval at which the first `pictures` of a still view are repeated. Default: `repeatMs`, as for the others. */
  initialBurst?: { readonly pictures: number; readonly repeatMs: number } | undefined;
  /** Image that is sent before the first frame, and not counted as a frame; null for none. */
  placeholder: Promise<EncodedFrame> | null;
  /** Called when a picture's bytes were handed to the connection. */
  onSent: (frame: EncodedFrame) => void;
  /** Called once, when the stream has ended for whatever reason. */
  onClosed: () => void;
  /**
   * How long one picture may take to leave, in ms; then the stream ends. A peer that went without a word (a laptop that
   * sleeps) would otherwise keep the renderer at work until TCP gives up, a quarter of an hour later. Default 60 s.
   */
  stallTimeoutMs?: number;
}

/** One `GET /video/mjpeg`: multipart/x-mixed-replace, never more than one picture behind, open until someone ends it. */
export class MjpegStream implements ViewerStream {
  readonly transport = "mjpeg";
  readonly rttMs = null;
  readonly loss = null;
  readonly #options: MjpegOptions;
  readonly #rate = new RateMeter();
  readonly #control = new QualityControl();
  readonly #body: DirectStream;
  #subscription: Subscription | null = null;
  #open = true;
  #bytes = 0;
  #level: QualityLevel = 0;
  #width = 0;
  #height = 0;
  /** Null while it is on its way: a client that does not read holds no picture more than that one. */
  #newest: EncodedFrame | null = null;
  /** Whether something is on its way that the connection has not taken yet. */
  #busy = false;
  /** Number of pictures written, repeated ones included. */
  #written = 0;
  /** Time of the last write, `performance.now()`. */
  #writtenAt = 0;
  #repeat: ReturnType<typeof setTimeout> | undefined;
  /** The constant size of the pictures; null if it is not known yet, or changes. */
  #size: Size | null;

  constructor(options: MjpegOptions) {
    this.#options = options;
    this.#size = typeof options.size === "string" ? null : options.size;
    this.#body = new DirectStream({
      headers: MULTIPART_HEADERS,
      onReader: () => this.#start(),
      onDisconnect: () => this.close(),
    });
  }

  get response(): Response {
    return this.#body.response;
  }

  get size(): MjpegOptions["size"] {
    return this.#options.size;
  }

  get acceptsReducedResolution(): boolean {
    return this.#options.size === "any";
  }

  get level(): QualityLevel {
    return this.#level;
  }

  get fps(): number {
    return this.#rate.perSecond();
  }

  get frames(): number {
    return this.#subscription?.delivered ?? 0;
  }

  get skipped(): number {
    return this.#subscription?.skipped ?? 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get bitrate(): number {
    return this.#rate.amountPerSecond() * 8;
  }

  /** px, of the newest picture handed over. */
  get width(): number {
    return this.#width;
  }

  get height(): number {
    return this.#height;
  }

  /** Ends the stream. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#subscription?.close();
    clearTimeout(this.#repeat);
    this.#body.close();
    this.#options.onClosed();
  }

  async #start(): Promise<void> {
    // Before the first frame this makes the answer's headers go out, so that the client knows to wait.
    await this.#write(multipartStart(this.#options.form));
    const placeholder = await this.#options.placeholder;
    if (placeholder !== null) {
      await this.#write(multipartPart(this.#options.form, placeholder));
      this.#newest = placeholder;
    }
    if (this.#open) {
      this.#subscribe();
      this.#repeatAfter(this.#repeatMs);
    }
  }

  #subscribe(): void {
    const control = this.#control;
    this.#subscription = this.#options.broadcast.subscribe((frame) => this.#deliver(frame), {
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
    this.#repeat = setTimeout(
      guarded("A picture could not be repeated", () => {
        const frame = this.#newest;
        const leftMs = this.#writtenAt + this.#repeatMs - performance.now();
        if (leftMs <= 0 && frame !== null && !this.#busy) {
          this.#written++;
          void this.#write(multipartPart(this.#options.form, frame));
        }
        if (this.#open) this.#repeatAfter(leftMs > 0 ? leftMs : this.#repeatMs);
      }),
      Math.ceil(ms),
    );
  }

  /** Time after which the last picture is repeated, ms. */
  get #repeatMs(): number {
    const { repeatMs, initialBurst } = this.#options;
    return initialBurst !== undefined && this.#written < initialBurst.pictures
      ? initialBurst.repeatMs
      : repeatMs;
  }

  #deliver(frame: EncodedFrame): void | Promise<void> {
    if (!this.#open) return;
    const startedAt = performance.now();
    this.#newest = null;
    this.#written++;
    const written = this.#write(multipartPart(this.#options.form, frame));
    if (written === undefined) return this.#sent(frame, 0);
    return written.then(() => this.#sent(frame, performance.now() - startedAt));
  }

  /** `ms`: how long the connection took for it. */
  #sent(frame: EncodedFrame, ms: number): void {
    if (!this.#open) return;
    const { bytes, still } = frame;
    // One that waits is the next.
    const skipped = Math.max(0, (this.#subscription?.missing ?? 0) - 1);
    this.#control.onDelivered({ bytes: bytes.byteLength, ms, skipped, still }, performance.now());
    this.#level = frame.level;
    this.#newest = frame;
    this.#rate.tick(frame.bytes.byteLength);
    this.#width = frame.width;
    this.#height = frame.height;
    this.#options.onSent(frame);
  }

  /** Writes, and settles when the connection takes more; undefined where it does at once. Never rejects. */
  #write(bytes: Uint8Array): Promise<void> | undefined {
    if (!this.#body.isWritable) return;
    this.#bytes += bytes.byteLength;
    this.#writtenAt = performance.now();
    try {
      const written = this.#body.write(bytes);
      return written && this.#whenTaken(written);
    } catch {
      this.close();
    }
  }

  async #whenTaken(taken: Promise<unknown>): Promise<void> {
    this.#busy = true;
    const stalled = setTimeout(
      guarded("A stream could not be ended", () => this.close()),
      this.#options.stallTimeoutMs ?? STALL_TIMEOUT_MS,
    );
    // A write to a client that has gone may never settle: the end of the stream settles it.
    await Promise.race([taken, this.#body.closed]).catch(() => this.close());
    clearTimeout(stalled);
    this.#busy = false;
  }
}
