import type { ServerWebSocket } from "bun";
import type { Broadcast, Subscription } from "../encode/broadcast.ts";
import type { EncodedFrame, Tier } from "../encode/frame.ts";
import { QualityControl } from "../encode/quality-control.ts";
import { FRAME_HEADER_BYTES, writeFrameHeader } from "./frame-header.ts";
import { CLOSE } from "./protocol.ts";
import { RateMeter } from "./rate-meter.ts";
import type { ViewerStream } from "./viewers.ts";

/** A page that takes no picture for so long has gone without a word, ms. */
const STALLED_MS = 60_000;

export interface FrameSocketOptions {
  broadcast: Broadcast;
  /** Whether a view at rest may come once more as PNG. */
  lossless: boolean;
  /** Called when a picture was handed to the connection. */
  onSent: (frame: EncodedFrame) => void;
  /** Called when the page has a picture, so many ms after it was handed over. */
  onAcknowledged: (frame: EncodedFrame, ms: number) => void;
  /** Called once, when no more pictures come for whatever reason. */
  onClosed: () => void;
  /** See STALLED_MS. */
  stalledMs?: number;
}

/** A picture that was sent and not acknowledged. */
interface Sent {
  readonly frame: EncodedFrame;
  /** `performance.now()` */
  readonly at: number;
}

/**
 * The pictures on a viewer's socket. The next one goes when the page has acknowledged the one before, because what a
 * connection has taken says nothing: a proxy may hold back any number of them (jupyter-server-proxy does).
 */
export class FrameSocket implements ViewerStream {
  readonly transport = "jpeg";
  readonly #socket: ServerWebSocket<unknown>;
  readonly #options: FrameSocketOptions;
  readonly #control = new QualityControl();
  readonly #rate = new RateMeter();
  readonly #subscription: Subscription;
  readonly #onTheWay: Sent[] = [];
  /** Settles when the next picture may go. */
  #ready: PromiseWithResolvers<void> | null = null;
  #stalled: ReturnType<typeof setTimeout> | undefined;
  #open = true;
  #bytes = 0;
  #newest: EncodedFrame | null = null;

  constructor(socket: ServerWebSocket<unknown>, options: FrameSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    const control = this.#control;
    this.#subscription = options.broadcast.subscribe((frame) => this.#deliver(frame), {
      lossless: options.lossless,
      takesSmaller: true,
      get tier() {
        return control.tier;
      },
      takes: (bytes, restedMs) => control.takes(bytes, restedMs),
    });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get lossless(): boolean {
    return this.#options.lossless;
  }

  get fps(): number {
    return this.#rate.perSecond();
  }

  get bitrate(): number {
    return this.#rate.amountPerSecond() * 8;
  }

  get rttMs(): number | null {
    return this.#control.ms;
  }

  get tier(): Tier {
    return this.#newest?.tier ?? 0;
  }

  get frames(): number {
    return this.#subscription.delivered;
  }

  get skipped(): number {
    return this.#subscription.skipped;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get width(): number {
    return this.#newest?.width ?? 0;
  }

  get height(): number {
    return this.#newest?.height ?? 0;
  }

  /** The page has this picture. One that is not on its way is none. */
  acknowledge(frame: number): void {
    const index = this.#onTheWay.findIndex((sent) => sent.frame.number === frame);
    if (index < 0) return;
    const now = performance.now();
    const sent = this.#onTheWay.splice(0, index + 1).at(-1);
    if (sent !== undefined) {
      // One that waits is the next.
      const skipped = Math.max(0, this.#subscription.missing - 1);
      const { bytes, still } = sent.frame;
      const ms = now - sent.at;
      this.#control.took({ bytes: bytes.byteLength, ms, skipped, still }, now);
      this.#options.onAcknowledged(sent.frame, ms);
    }
    clearTimeout(this.#stalled);
    this.#ready?.resolve();
    this.#ready = null;
  }

  /** No more pictures; the socket stays. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#subscription.close();
    clearTimeout(this.#stalled);
    this.#ready?.resolve();
    this.#options.onClosed();
  }

  #deliver(frame: EncodedFrame): void | Promise<void> {
    if (!this.#open) return;
    this.#onTheWay.push({ frame, at: performance.now() });
    this.#newest = frame;
    this.#bytes += frame.bytes.byteLength;
    this.#rate.tick(frame.bytes.byteLength);
    this.#socket.sendBinary(messageOf(frame));
    this.#options.onSent(frame);
    this.#stalled = setTimeout(
      () => this.#socket.close(CLOSE.goingAway, "No picture was taken any more."),
      this.#options.stalledMs ?? STALLED_MS,
    );
    this.#ready = Promise.withResolvers();
    return this.#ready.promise;
  }
}

/** One message for a frame, however many viewers get it: the socket copies what it can not send at once. */
const messages = new WeakMap<EncodedFrame, Uint8Array<ArrayBuffer>>();

function messageOf(frame: EncodedFrame): Uint8Array<ArrayBuffer> {
  let message = messages.get(frame);
  if (message === undefined) {
    message = new Uint8Array(FRAME_HEADER_BYTES + frame.bytes.byteLength);
    message.set(frame.bytes, FRAME_HEADER_BYTES);
    messages.set(frame, message);
  }
  const { number, format, tier, still, width, height, renderedAtMs, eventMs, renderMs } = frame;
  const sentAtMs = performance.timeOrigin + performance.now();
  writeFrameHeader(
    {
      ...{ format, tier, still, width, height, renderedAtMs, eventMs, renderMs, sentAtMs },
      lossless: format === "png",
      // It has 32 bits: two years at 60 a second.
      frame: number,
    },
    message,
  );
  return message;
}
