import type { ServerWebSocket } from "bun";
import type { Broadcast } from "../../encode/broadcast.ts";
import type { EncodedFrame } from "../../encode/frame.ts";
import type { Subscription } from "../../encode/frame-fanout.ts";
import { InFlightWindow } from "../../encode/in-flight-window.ts";
import { QualityControl } from "../../encode/quality-control.ts";
import {
  type Acknowledgement,
  type SentFrame,
  SocketStream,
  type SocketStreamOptions,
} from "./socket-stream.ts";

/** The second one only where {@link InFlightWindow} has found that it comes no later for it. */
const MAX_IN_FLIGHT = 2;

export interface JpegSocketStreamOptions extends SocketStreamOptions<EncodedFrame> {
  broadcast: Broadcast;
  /** Whether a view at rest may come once more as PNG. */
  lossless: boolean;
}

/**
 * Pictures as files on a viewer's socket. The next one goes when the page has acknowledged the one before; where the way is
 * long it goes when that one is about there.
 */
export class JpegSocketStream extends SocketStream<EncodedFrame> {
  readonly transport = "jpeg";
  readonly #control = new QualityControl();
  readonly #pace = new InFlightWindow();
  readonly #subscription: Subscription;
  /** Settles when the next picture may go. */
  #ready: PromiseWithResolvers<void> | null = null;
  #next: ReturnType<typeof setTimeout> | undefined;

  constructor(socket: ServerWebSocket<unknown>, options: JpegSocketStreamOptions) {
    super(socket, options);
    const control = this.#control;
    this.#subscription = options.broadcast.subscribe((frame) => this.deliver(frame), {
      lossless: options.lossless,
      // The page scales every picture to the view's size.
      sizeFor: () => null,
      get level() {
        return control.level;
      },
      accepts: (bytes, restedMs) => control.accepts(bytes, restedMs),
    });
  }

  get rttMs(): number | null {
    return this.#control.rttMs;
  }

  get frames(): number {
    return this.#subscription.delivered;
  }

  get skipped(): number {
    return this.#subscription.skipped;
  }

  /** Lets the next picture go, now or when it is time. */
  protected override resume(): void {
    clearTimeout(this.#next);
    const newest = this.inFlight.at(-1);
    const { nextAfterMs } = this.#pace;
    if (newest === undefined) this.#release();
    else if (nextAfterMs !== null && this.inFlight.length < MAX_IN_FLIGHT && !newest.frame.still) {
      const wait = newest.at + nextAfterMs - performance.now();
      this.#next = setTimeout(
        () => {
          if (this.socket.getBufferedAmount() === 0) this.#release();
        },
        Math.max(0, wait),
      );
    }
  }

  protected override onAcknowledged(
    { frame, alone }: SentFrame<EncodedFrame>,
    { ms, linkMs, now }: Acknowledgement,
  ): void {
    const { missing } = this.#subscription;
    // One that waits is the next.
    const skipped = Math.max(0, missing - 1);
    this.#control.onDelivered(
      { bytes: frame.bytes.byteLength, ms: linkMs, skipped, still: frame.still },
      now,
    );
    if (!frame.still) this.#pace.onAcknowledged({ ms, alone, missing: missing > 0 }, now);
  }

  protected override end(): void {
    this.#subscription.close();
    clearTimeout(this.#next);
    this.#release();
  }

  protected override whenReady(): Promise<void> | undefined {
    this.#ready = Promise.withResolvers();
    this.resume();
    return this.#ready?.promise;
  }

  #release(): void {
    this.#ready?.resolve();
    this.#ready = null;
  }
}
