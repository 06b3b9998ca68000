import type { ServerWebSocket } from "bun";
import type { Broadcast, Subscription } from "../encode/broadcast.ts";
import type { EncodedFrame, Tier } from "../encode/frame.ts";
import { QualityControl } from "../encode/quality-control.ts";
import { SendPace } from "../encode/send-pace.ts";
import { FRAME_HEADER_BYTES, writeFrameHeader } from "./frame-header.ts";
import { CLOSE } from "./protocol.ts";
import { RateMeter } from "./rate-meter.ts";
import type { ViewerStream } from "./viewer-stream.ts";

/** The second one only where {@link SendPace} has found that it comes no later for it. */
const MOST_ON_THE_WAY = 2;

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
  /** Whether no other was on its way. */
  readonly alone: boolean;
}

/**
 * The pictures on a viewer's socket. The next one goes when the page has acknowledged the one before, because what a
 * connection has taken says nothing: a proxy may hold back any number of them (jupyter-server-proxy does). Where the way is
 * long it goes when that one is about there.
 */
export class FrameSocket implements ViewerStream {
  readonly transport = "jpeg";
  readonly loss = null;
  readonly #socket: ServerWebSocket<unknown>;
  readonly #options: FrameSocketOptions;
  readonly #control = new QualityControl();
  readonly #pace = new SendPace();
  readonly #rate = new RateMeter();
  readonly #subscription: Subscription;
  readonly #onTheWay: Sent[] = [];
  /** Settles when the next picture may go. */
  #ready: PromiseWithResolvers<void> | null = null;
  #next: ReturnType<typeof setTimeout> | undefined;
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
      this.#learn(sent, now);
      this.#options.onAcknowledged(sent.frame, now - sent.at);
    }
    this.#watch();
    this.#goOn();
  }

  /** No more pictures; the socket stays. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#subscription.close();
    clearTimeout(this.#stalled);
    clearTimeout(this.#next);
    this.#release();
    this.#options.onClosed();
  }

  #deliver(frame: EncodedFrame): void | Promise<void> {
    if (!this.#open) return;
    this.#onTheWay.push({ frame, at: performance.now(), alone: this.#onTheWay.length === 0 });
    this.#newest = frame;
    this.#bytes += frame.bytes.byteLength;
    this.#rate.tick(frame.bytes.byteLength);
    this.#socket.sendBinary(messageOf(frame));
    this.#options.onSent(frame);
    if (this.#onTheWay.length === 1) this.#watch();
    this.#ready = Promise.withResolvers();
    this.#goOn();
    return this.#ready?.promise;
  }

  /** Waits for the acknowledgement of the oldest picture that is on its way. */
  #watch(): void {
    clearTimeout(this.#stalled);
    if (this.#onTheWay.length === 0) return;
    this.#stalled = setTimeout(
      () => this.#socket.close(CLOSE.goingAway, "No picture was taken any more."),
      this.#options.stalledMs ?? STALLED_MS,
    );
  }

  /** Lets the next picture go, now or when it is time. */
  #goOn(): void {
    clearTimeout(this.#next);
    const newest = this.#onTheWay.at(-1);
    const { nextAfterMs } = this.#pace;
    if (newest === undefined) this.#release();
    else if (nextAfterMs !== null && this.#onTheWay.length < MOST_ON_THE_WAY && !newest.frame.still) {
      const wait = newest.at + nextAfterMs - performance.now();
      this.#next = setTimeout(
        () => {
          if (this.#socket.getBufferedAmount() === 0) this.#release();
        },
        Math.max(0, wait),
      );
    }
  }

  #release(): void {
    this.#ready?.resolve();
    this.#ready = null;
  }

  #learn({ frame, at, alone }: Sent, now: number): void {
    const { missing } = this.#subscription;
    const ms = now - at;
    // One that waits is the next.
    const skipped = Math.max(0, missing - 1);
    this.#control.took({ bytes: frame.bytes.byteLength, ms, skipped, still: frame.still }, now);
    if (!frame.still) this.#pace.took({ ms, alone, missing: missing > 0 }, now);
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
