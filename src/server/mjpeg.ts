import type { Broadcast, Subscription } from "../encode/broadcast.ts";
import type { EncodedFrame, Tier } from "../encode/frame.ts";
import { QualityControl } from "../encode/quality-control.ts";
import type { KeepAlive, KeptAlive } from "./keep-alive.ts";
import {
  MULTIPART_HEADERS,
  type MultipartForm,
  multipartFiller,
  multipartPart,
  multipartPartAfterFillers,
  multipartStart,
} from "./multipart.ts";
import { RateMeter } from "./rate-meter.ts";
import type { ViewerStream } from "./viewer-stream.ts";

const STALLED_MS = 60_000;

/**
 * Header lines of a part that nothing comes of; then the last picture comes again. Python's http.client, which some programs
 * read parts with, takes 100. At one every 20 s this is 20 minutes.
 */
const MAX_WAITING_HEADERS = 60;

/** Bun's controller of a stream of type "direct". */
interface DirectController {
  /** Bytes taken, or a Promise where the client is slow. */
  write(bytes: Uint8Array): number | Promise<number>;
  flush(): number | Promise<number>;
  close(): void;
}

export interface MjpegOptions {
  form: MultipartForm;
  broadcast: Broadcast;
  /** What is sent before the first frame; null for nothing. It is no frame: it is not counted. */
  meanwhile: Promise<EncodedFrame> | null;
  /** Keeps the connection open while there is no frame. */
  keepAlive: KeepAlive;
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
export class MjpegStream implements ViewerStream, KeptAlive {
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
  /** Since the start or the newest part. */
  #fillers = 0;
  /** Whether something is on its way that the connection has not taken yet. */
  #busy = false;
  /** Whether nothing was written since the last look. */
  #silent = false;

  /** `signal`: the request's, which aborts when the client has gone. */
  constructor(signal: AbortSignal, options: MjpegOptions) {
    this.#options = options;
    signal.addEventListener("abort", () => this.close());
    const source = {
      type: "direct",
      pull: (controller: DirectController) => this.#run(controller),
      cancel: () => this.close(),
    };
    // The DOM's types do not know Bun's "direct" streams.
    this.response = new Response(new ReadableStream(source as unknown as UnderlyingDefaultSource), {
      headers: MULTIPART_HEADERS,
    });
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
    this.#options.keepAlive.remove(this);
    try {
      this.#controller?.close();
    } catch {
      // The client went first: there is nothing left to close.
    }
    this.#controller = null;
    this.#ended.resolve();
    this.#options.onClosed();
  }

  keepAlive(): void {
    const { form } = this.#options;
    if (this.#busy) return;
    if (!this.#silent) this.#silent = true;
    else if (form === "length" && this.#fillers >= MAX_WAITING_HEADERS && this.#newest !== null) {
      const frame = this.#newest;
      void this.#write(this.#part(frame));
      this.#newest = frame;
    } else void this.#write(multipartFiller(form, this.#fillers++));
  }

  async #run(controller: DirectController): Promise<void> {
    if (!this.#open) {
      controller.close();
      return;
    }
    this.#controller = controller;
    // Before the first frame this makes the answer's headers go out, so that the client knows to wait.
    await this.#write(multipartStart(this.#options.form));
    if (this.#open) this.#options.keepAlive.add(this);
    const meanwhile = await this.#options.meanwhile;
    if (meanwhile !== null) await this.#write(this.#part(meanwhile));
    if (this.#open) this.#subscribe();
    await this.#ended.promise;
  }

  #subscribe(): void {
    const control = this.#control;
    this.#subscription = this.#options.broadcast.subscribe((frame) => this.#deliver(frame), {
      lossless: false,
      takesSmaller: false,
      get tier() {
        return control.tier;
      },
      takes: (bytes, restedMs) => control.takes(bytes, restedMs),
    });
  }

  #deliver(frame: EncodedFrame): void | Promise<void> {
    if (!this.#open) return;
    const startedAt = performance.now();
    const written = this.#write(this.#part(frame));
    if (written === undefined) return this.#sent(frame, 0);
    return written.then(() => this.#sent(frame, performance.now() - startedAt));
  }

  #part(frame: EncodedFrame): Uint8Array {
    const make = this.#fillers > 0 ? multipartPartAfterFillers : multipartPart;
    this.#fillers = 0;
    this.#newest = null;
    return make(this.#options.form, frame);
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
    this.#silent = false;
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
    const stalled = setTimeout(() => this.close(), this.#options.stalledMs ?? STALLED_MS);
    // A write to a client that has gone may never settle: the end of the stream settles it.
    await Promise.race([taken, this.#ended.promise]).catch(() => this.close());
    clearTimeout(stalled);
    this.#busy = false;
  }
}
