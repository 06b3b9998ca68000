import type { ServerWebSocket } from "bun";
import type { EncodedVideoFrame } from "../../encode/encoded-video.ts";
import type { EncodedFrame, QualityLevel } from "../../encode/frame.ts";
import { CLOSE_CODES } from "../../protocol/close-codes.ts";
import { RateMeter } from "../metrics/rate-meter.ts";
import { frameMessage } from "./frame-message.ts";
import type { Transport, ViewerStream } from "./viewer-stream.ts";

/** A page that takes no picture for so long has gone without a word, ms. */
const STALL_TIMEOUT_MS = 60_000;

export interface SocketStreamOptions<Frame> {
  /** Called when a picture was handed to the connection. */
  onSent: (frame: Frame) => void;
  /** Called when the page has a picture, so many ms after it was handed over. */
  onAcknowledged: (frame: Frame, ms: number) => void;
  /** Called once, when no more pictures come for whatever reason. */
  onClosed: () => void;
  /** See STALL_TIMEOUT_MS. */
  stallTimeoutMs?: number;
}

/** A picture that was sent and not acknowledged. */
export interface SentFrame<Frame> {
  readonly frame: Frame;
  /** `performance.now()` */
  readonly at: number;
  /** Whether no other was on its way. */
  readonly alone: boolean;
}

/** Timing of an acknowledged picture. */
export interface Acknowledgement {
  /** Round trip: time from sending it to its acknowledgement, ms. */
  readonly ms: number;
  /** Round trip without the page's decoding and painting, ms. */
  readonly linkMs: number;
  /** Time of the acknowledgement, `performance.now()`. */
  readonly now: number;
}

/**
 * Pictures on a viewer's socket, as files or as frames of a video: what was sent, and what of it the page has acknowledged.
 * What a connection has taken says nothing: a proxy may hold back any number of them (jupyter-server-proxy does).
 */
export abstract class SocketStream<Frame extends EncodedFrame | EncodedVideoFrame> implements ViewerStream {
  abstract readonly transport: Transport;
  abstract readonly frames: number;
  abstract readonly skipped: number;
  abstract readonly rttMs: number | null;
  readonly loss = null;
  readonly acceptsReducedResolution = true;
  protected readonly socket: ServerWebSocket<unknown>;
  /** Oldest first. */
  protected readonly inFlight: SentFrame<Frame>[] = [];
  readonly #options: SocketStreamOptions<Frame>;
  readonly #rate = new RateMeter();
  #stallTimer: ReturnType<typeof setTimeout> | undefined;
  #open = true;
  #bytes = 0;
  #newest: Frame | null = null;
  /** Resolves when the connection accepts frames again after it has dropped one; null while none is dropped. */
  #drain: PromiseWithResolvers<void> | null = null;

  constructor(socket: ServerWebSocket<unknown>, options: SocketStreamOptions<Frame>) {
    this.socket = socket;
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#open;
  }

  get fps(): number {
    return this.#rate.perSecond();
  }

  get bitrate(): number {
    return this.#rate.amountPerSecond() * 8;
  }

  get level(): QualityLevel {
    return this.#newest?.level ?? 0;
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

  /** The page can not decode what comes. Does nothing where each picture stands alone. */
  requestKeyframe(): void {}

  /** Records that the page has this picture. `heldMs`: see {@link AckMessage}. A picture that is not in flight is ignored. */
  acknowledge(frame: number, heldMs = 0): void {
    const index = this.inFlight.findIndex((sent) => sent.frame.number === frame);
    if (index < 0) return;
    const now = performance.now();
    const sent = this.inFlight.splice(0, index + 1).at(-1);
    if (sent !== undefined) {
      const ms = now - sent.at;
      this.onAcknowledged(sent, { ms, linkMs: Math.max(0, ms - heldMs), now });
      this.#options.onAcknowledged(sent.frame, ms);
    }
    this.#armStallTimer();
    this.resume();
  }

  /** No more pictures; the socket stays. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.end();
    clearTimeout(this.#stallTimer);
    this.drained();
    this.#options.onClosed();
  }

  /** To be called when the socket's send buffer has shrunk. Does nothing if no frame was dropped. */
  drained(): void {
    this.#drain?.resolve();
    this.#drain = null;
  }

  /**
   * Sends a frame, and settles when the next may follow. Bun drops a message if the socket's send buffer is over
   * WEB_SOCKET_OPTIONS.backpressureLimit: the frame is then sent again after the drain, since the next frame of a video refers to it.
   */
  protected deliver(frame: Frame): void | Promise<void> {
    if (!this.#open) return;
    if (this.#send(frame)) return this.whenReady();
    this.#drain = Promise.withResolvers();
    return this.#drain.promise.then(() => this.deliver(frame));
  }

  /** Settles when the next frame may follow the one that was just sent; undefined if it may follow immediately. */
  protected abstract whenReady(): Promise<void> | undefined;

  /** Returns false if the connection dropped the frame. */
  #send(frame: Frame): boolean {
    const at = performance.now();
    if (this.socket.sendBinary(frameMessage(frame)) === 0) return false;
    this.inFlight.push({ frame, at, alone: this.inFlight.length === 0 });
    this.#newest = frame;
    this.#bytes += frame.bytes.byteLength;
    this.#rate.tick(frame.bytes.byteLength);
    this.#options.onSent(frame);
    if (this.inFlight.length === 1) this.#armStallTimer();
    return true;
  }

  /** A picture was acknowledged. */
  protected abstract onAcknowledged(sent: SentFrame<Frame>, acknowledgement: Acknowledgement): void;
  /** What is on its way has become less. */
  protected abstract resume(): void;
  /** No more pictures are wanted. */
  protected abstract end(): void;

  /** Waits for the acknowledgement of the oldest picture that is on its way. */
  #armStallTimer(): void {
    clearTimeout(this.#stallTimer);
    if (this.inFlight.length === 0) return;
    this.#stallTimer = setTimeout(
      () => this.socket.close(CLOSE_CODES.goingAway, "No picture was taken any more."),
      this.#options.stallTimeoutMs ?? STALL_TIMEOUT_MS,
    );
  }
}
