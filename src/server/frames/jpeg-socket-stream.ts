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

/** Maximum number of frames in flight. The second is sent only if {@link InFlightWindow} found that this delays no frame. */
const MAX_IN_FLIGHT = 2;

/**
 * Frames as image files on a viewer's WebSocket. The next frame is sent when the page has acknowledged the previous one, or with a
 * long round-trip time when the previous one is about to arrive.
 */
export class JpegSocketStream extends SocketStream<EncodedFrame> {
  readonly transport = "jpeg";
  protected override readonly control = new QualityControl();
  readonly #window = new InFlightWindow();
  override readonly subscription: Subscription;
  #releaseTimer: ReturnType<typeof setTimeout> | undefined;

  /** `lossless`: whether a still view is refined by a lossless PNG. */
  constructor(
    socket: ServerWebSocket<unknown>,
    broadcast: Broadcast,
    lossless: boolean,
    options: SocketStreamOptions<EncodedFrame>,
  ) {
    super(socket, options);
    const control = this.control;
    this.subscription = broadcast.subscribe((frame) => this.deliver(frame), {
      lossless,
      // The page scales every frame to the view's size.
      sizeFor: () => null,
      get level() {
        return control.level;
      },
      accepts: (bytes, restedMs) => control.accepts(bytes, restedMs),
    });
  }

  protected override resume(): void {
    clearTimeout(this.#releaseTimer);
    const newest = this.inFlight.at(-1);
    const { nextAfterMs } = this.#window;
    if (newest === undefined) this.release();
    else if (nextAfterMs !== null && this.inFlight.length < MAX_IN_FLIGHT && !newest.frame.still) {
      const wait = newest.sentAt + nextAfterMs - performance.now();
      this.#releaseTimer = setTimeout(
        () => {
          if (this.socket.getBufferedAmount() === 0) this.release();
        },
        Math.max(0, wait),
      );
    }
  }

  protected override onAcknowledged(
    { frame, wasAlone: alone }: SentFrame<EncodedFrame>,
    { roundTripMs: ms, linkMs, now }: Acknowledgement,
  ): void {
    const { framesBehind: missing } = this.subscription;
    // The newest of the missing frames will still be sent.
    const skipped = Math.max(0, missing - 1);
    this.control.onDelivered({ bytes: frame.bytes.byteLength, ms: linkMs, skipped, still: frame.still }, now);
    if (!frame.still) this.#window.onAcknowledged({ ms, alone, missing: missing > 0 }, now);
  }

  protected override end(): void {
    clearTimeout(this.#releaseTimer);
  }
}
