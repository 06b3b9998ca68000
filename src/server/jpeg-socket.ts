import type { ServerWebSocket } from "bun";
import type { Broadcast, Subscription } from "../encode/broadcast.ts";
import type { EncodedFrame } from "../encode/frame.ts";
import { CLOSE } from "./protocol.ts";
import { RateMeter } from "./rate-meter.ts";
import type { ViewerStream } from "./viewers.ts";

/**
 * So many pictures may be on their way. The page says when one is there, for a proxy may take any number of them and hold
 * them back (jupyter-server-proxy does); with one alone, the way there and back would be idle time.
 */
const ON_THE_WAY = 2;

/** A page that takes no picture for so long has gone without a word, ms. */
const STALLED_MS = 60_000;

export interface JpegSocketOptions {
  broadcast: Broadcast;
  /** Called when a picture's bytes were handed to the connection. */
  onSent: (frame: EncodedFrame) => void;
  /** See STALLED_MS. */
  stalledMs?: number;
}

/**
 * A WebSocket that carries pictures alone: each binary message down is a JPEG, each message up says that one is there. For
 * where a proxy does not let an answer through before it is whole, as the MJPEG stream never is.
 */
export class JpegSocket implements ViewerStream {
  readonly transport = "jpeg";
  readonly tier = 0;
  readonly rttMs = null;
  readonly #socket: ServerWebSocket<unknown>;
  readonly #options: JpegSocketOptions;
  readonly #rate = new RateMeter();
  readonly #subscription: Subscription;
  #onTheWay = 0;
  /** Settles when one less is on its way. */
  #taken: PromiseWithResolvers<void> | null = null;
  #stalled: ReturnType<typeof setTimeout> | undefined;
  #bytes = 0;
  #width = 0;
  #height = 0;

  constructor(socket: ServerWebSocket<unknown>, options: JpegSocketOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#subscription = options.broadcast.subscribe((frame) => this.#deliver(frame));
  }

  get fps(): number {
    return this.#rate.perSecond();
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

  get bitrate(): number {
    return this.#rate.amountPerSecond() * 8;
  }

  get width(): number {
    return this.#width;
  }

  get height(): number {
    return this.#height;
  }

  /** The page has one picture more. */
  receive(): void {
    if (this.#onTheWay > 0) this.#onTheWay--;
    if (this.#onTheWay === 0 || this.#socket.getBufferedAmount() === 0) this.#release();
  }

  /** To be called when the socket has closed. */
  closed(): void {
    this.#subscription.close();
    this.#release();
  }

  close(): void {
    this.#socket.close(CLOSE.goingAway);
  }

  #deliver(frame: EncodedFrame): void | Promise<void> {
    this.#socket.sendBinary(frame.bytes);
    this.#onTheWay++;
    this.#bytes += frame.bytes.byteLength;
    this.#width = frame.width;
    this.#height = frame.height;
    this.#rate.tick(frame.bytes.byteLength);
    this.#options.onSent(frame);
    // Behind more than SOCKET_LIMITS' backpressure Bun drops a message.
    if (this.#onTheWay < ON_THE_WAY && this.#socket.getBufferedAmount() === 0) return;
    this.#stalled = setTimeout(() => this.close(), this.#options.stalledMs ?? STALLED_MS);
    this.#taken = Promise.withResolvers();
    return this.#taken.promise;
  }

  #release(): void {
    clearTimeout(this.#stalled);
    this.#taken?.resolve();
    this.#taken = null;
  }
}
