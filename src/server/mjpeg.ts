import type { Broadcast, Subscription } from "../encode/broadcast.ts";
import type { EncodedFrame, Size, Tier } from "../encode/frame.ts";
import { QualityControl } from "../encode/quality-control.ts";
import { guarded } from "../native/guarded.ts";
import { type DirectController, directResponse } from "./direct-stream.ts";
import { MULTIPART_HEADERS, type MultipartForm, multipartPart, multipartStart } from "./multipart.ts";
import { RateMeter } from "./rate-meter.ts";
import type { ViewerStream } from "./viewer-stream.ts";

const STALLED_MS = 60_000;

export interface MjpegOptions {
  form: MultipartForm;
  broadcast: Broadcast;
  /**
   * Size of the pictures: one that each is scaled into, letterboxed; "first": that of the first frame, for a recorder takes no
   * change; "any": the size that each frame has, reduced resolution included.
   */
  size: Size | "first" | "any";
  /** The last picture is sent again where nothing else was sent for this time, ms. */
  repeatMs: number;
  /** The first pictures of a still view come this soon after one another; without it as the others. */
  opening?: { readonly pictures: number; readonly repeatMs: number } | undefined;
  /** What is sent before the first frame; null for nothing. It is no frame: it is not counted. */
  meanwhile: Promise<EncodedFrame> | null;
  /** Called when a picture's bytes were handed to the connection. */
  onSent: (frame: EncodedFrame) => void;
  /** Called once, when the stream has ended for whatever reason. */
  onClosed: () => void;
  /**
   * How long one picture may take to leave, in ms; then the stream ends. A peer that went without a word (a laptop that
   * sleeps) would otherwise keep the renderer at work until TCP gives up, a quarter of an hour later. Default 60 s.
   */
  stalledMs?: number;
}

/** One `GET /video/mjpeg`: multipart/x-mixed-replace, never more than one picture behind, open until someone ends it. */
export class MjpegStream implements ViewerStream {
  readonly transport = "mjpeg";
  readonly rttMs = null;
  readonly loss = null;
  readonly response: Response;
  readonly #options: MjpegOptions;
  readonly #rate = new RateMeter();
  readonly #control = new QualityControl();
  readonly #ended = Promise.withResolvers<void>();
  #controller: DirectController | null = null;
  #subscription: Subscription | null = null;
  #open = true;
  #bytes = 0;
  #tier: Tier = 0;
  #width = 0;
  #height = 0;
  /** Null while it is on its way: a client that does not read holds no picture more than that one. */
  #newest: EncodedFrame | null = null;
  /** Whether something is on its way that the connection has not taken yet. */
  #busy = false;
  /** Pictures written, repeated ones too. */
  #written = 0;
  /** `performance.now()` */
  #writtenAt = 0;
  #repeat: ReturnType<typeof setTimeout> | undefined;
  /** The size of every picture; null where it is not known yet, or changes. */
  #size: Size | null;

  constructor(options: MjpegOptions) {
    this.#options = options;
    this.#size = typeof options.size === "string" ? null : options.size;
    const source = {
      pull: (controller: DirectController) => this.#run(controller),
      cancel: () => this.close(),
    };
    this.response = directResponse(source, MULTIPART_HEADERS);
  }

  get size(): MjpegOptions["size"] {
    return this.#options.size;
  }

  get takesReduced(): boolean {
    return this.#options.size === "any";
  }

  get tier(): Tier {
    return this.#tier;
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
    try {
      this.#controller?.close();
    } catch {
      // The client went first: there is nothing left to close.
    }
    this.#controller = null;
    this.#ended.resolve();
    this.#options.onClosed();
  }

  async #run(controller: DirectController): Promise<void> {
    if (!this.#open) {
      controller.close();
      return;
    }
    this.#controller = controller;
    // Before the first frame this makes the answer's headers go out, so that the client knows to wait.
    await this.#write(multipartStart(this.#options.form));
    const meanwhile = await this.#options.meanwhile;
    if (meanwhile !== null) {
      await this.#write(multipartPart(this.#options.form, meanwhile));
      this.#newest = meanwhile;
    }
    if (this.#open) {
      this.#subscribe();
      this.#repeatAfter(this.#repeatMs);
    }
    await this.#ended.promise;
  }

  #subscribe(): void {
    const control = this.#control;
    this.#subscription = this.#options.broadcast.subscribe((frame) => this.#deliver(frame), {
      lossless: false,
      sizeFor: (view) => this.#sizeFor(view),
      get tier() {
        return control.tier;
      },
      takes: (bytes, restedMs) => control.takes(bytes, restedMs),
    });
  }

  #sizeFor(view: Size): Size | null {
    if (this.#options.size === "first") this.#size ??= view;
    return this.#size;
  }

  #repeatAfter(ms: number): void {
    this.#repeat = setTimeout(
      guarded("A picture could not be sent again", () => {
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

  /** How long a picture stays the last one before it is sent again, ms. */
  get #repeatMs(): number {
    const { repeatMs, opening } = this.#options;
    return opening !== undefined && this.#written < opening.pictures ? opening.repeatMs : repeatMs;
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
    this.#control.took({ bytes: bytes.byteLength, ms, skipped, still }, performance.now());
    this.#tier = frame.tier;
    this.#newest = frame;
    this.#rate.tick(frame.bytes.byteLength);
    this.#width = frame.width;
    this.#height = frame.height;
    this.#options.onSent(frame);
  }

  /** Writes, and settles when the connection takes more; undefined where it does at once. Never rejects. */
  #write(bytes: Uint8Array): Promise<void> | undefined {
    const controller = this.#controller;
    if (controller === null) return;
    this.#bytes += bytes.byteLength;
    this.#writtenAt = performance.now();
    try {
      const written = controller.write(bytes);
      const flushed = controller.flush();
      if (typeof written === "number" && typeof flushed === "number") return;
      return this.#whenTaken(Promise.all([written, flushed]));
    } catch {
      this.close();
    }
  }

  async #whenTaken(taken: Promise<unknown>): Promise<void> {
    this.#busy = true;
    const stalled = setTimeout(
      guarded("A stream could not be ended", () => this.close()),
      this.#options.stalledMs ?? STALLED_MS,
    );
    // A write to a client that has gone may never settle: the end of the stream settles it.
    await Promise.race([taken, this.#ended.promise]).catch(() => this.close());
    clearTimeout(stalled);
    this.#busy = false;
  }
}
