import type { ServerWebSocket } from "bun";
import type { EncodedFrame } from "../../encode/frame.ts";
import type { Subscription } from "../../encode/frame-fanout.ts";
import type { EncodedVideoFrame } from "../../encode/video-layer.ts";
import { CLOSE_CODES } from "../../protocol/close-codes.ts";
import { FRAME_HEADER_BYTES, writeFrameHeader } from "../../protocol/frame-header.ts";
import { RateMeter } from "../metrics/rate-meter.ts";
import type { Transport, ViewerStream } from "./viewer-stream.ts";

/** Timeout for an acknowledgement, ms: a page that sends none is considered lost. */
const STALL_TIMEOUT_MS = 60_000;

export interface SocketStreamOptions<Frame> {
  /** Called when a frame was written to the connection. */
  onSent: (frame: Frame) => void;
  /** Called when the page has acknowledged a frame, `ms` after it was sent. */
  onAcknowledged: (frame: Frame, ms: number) => void;
  /** Called once, when the stream has ended for any reason. */
  onClosed: () => void;
  /** Default {@link STALL_TIMEOUT_MS}. */
  stallTimeoutMs?: number;
}

/** A frame in flight. */
export interface SentFrame<Frame> {
  readonly frame: Frame;
  /** `performance.now()` */
  readonly sentAt: number;
  /** Whether no other frame was in flight. */
  readonly wasAlone: boolean;
}

/** Timing of an acknowledged frame. */
export interface Acknowledgement {
  /** Time from sending it to its acknowledgement, ms. */
  readonly roundTripMs: number;
  /** The same without the page's decoding and painting, ms. */
  readonly linkMs: number;
  /** Time of the acknowledgement, `performance.now()`. */
  readonly now: number;
}

/**
 * Frames on a viewer's WebSocket, as image files or as video: counts frames in flight by the acknowledgements of the page. The
 * size of the send buffer is no measure, since a proxy may buffer any number of frames (jupyter-server-proxy does).
 */
export abstract class SocketStream<Frame extends EncodedFrame | EncodedVideoFrame> implements ViewerStream {
  abstract readonly transport: Transport;
  readonly loss = null;
  readonly acceptsReducedResolution = true;
  protected readonly socket: ServerWebSocket<unknown>;
  /** Oldest first. */
  protected readonly inFlight: SentFrame<Frame>[] = [];
  protected abstract readonly control: { readonly rttMs: number | null };
  abstract readonly subscription: Subscription;
  readonly rate = new RateMeter();
  newest: Frame | null = null;
  bytes = 0;
  isOpen = true;
  readonly #options: SocketStreamOptions<Frame>;
  #stallTimer: ReturnType<typeof setTimeout> | undefined;
  /** Resolves when the connection accepts frames again after it has dropped one; null while none is dropped. */
  #drain: PromiseWithResolvers<void> | null = null;
  /** Settles when the next frame may be sent. */
  #ready: PromiseWithResolvers<void> | null = null;

  constructor(socket: ServerWebSocket<unknown>, options: SocketStreamOptions<Frame>) {
    this.socket = socket;
    this.#options = options;
  }

  get rttMs(): number | null {
    return this.control.rttMs;
  }

  /** Requests a keyframe. Does nothing for image files. */
  requestKeyframe(): void {}

  /** Records an acknowledgement. `heldMs`: see {@link AckMessage}. A frame that is not in flight is ignored. */
  acknowledge(frame: number, heldMs = 0): void {
    const index = this.inFlight.findIndex((sent) => sent.frame.number === frame);
    if (index < 0) return;
    const now = performance.now();
    const sent = this.inFlight.splice(0, index + 1).at(-1);
    if (sent !== undefined) {
      const ms = now - sent.sentAt;
      this.onAcknowledged(sent, { roundTripMs: ms, linkMs: Math.max(0, ms - heldMs), now });
      this.#options.onAcknowledged(sent.frame, ms);
    }
    this.#armStallTimer();
    this.resume();
  }

  /** Ends the stream; the WebSocket stays open. Idempotent. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.subscription.close();
    this.end();
    clearTimeout(this.#stallTimer);
    this.release();
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
    if (!this.isOpen) return;
    if (this.#send(frame)) {
      this.#ready = Promise.withResolvers();
      this.resume();
      return this.#ready?.promise;
    }
    this.#drain = Promise.withResolvers();
    return this.#drain.promise.then(() => this.deliver(frame));
  }

  /** Lets the next frame follow. */
  protected release(): void {
    this.#ready?.resolve();
    this.#ready = null;
  }

  /** Returns false if the connection dropped the frame. */
  #send(frame: Frame): boolean {
    const sentAt = performance.now();
    if (this.socket.sendBinary(frameMessage(frame)) === 0) return false;
    this.inFlight.push({ frame, sentAt, wasAlone: this.inFlight.length === 0 });
    this.newest = frame;
    this.bytes += frame.bytes.byteLength;
    this.rate.tick(frame.bytes.byteLength);
    this.#options.onSent(frame);
    if (this.inFlight.length === 1) this.#armStallTimer();
    return true;
  }

  protected abstract onAcknowledged(sent: SentFrame<Frame>, acknowledgement: Acknowledgement): void;
  /** Called when the number of frames in flight has changed: calls {@link release}, now or later, when the next may follow. */
  protected abstract resume(): void;
  protected end(): void {}

  /** Starts the timer for the acknowledgement of the oldest frame in flight. */
  #armStallTimer(): void {
    clearTimeout(this.#stallTimer);
    if (this.inFlight.length === 0) return;
    this.#stallTimer = setTimeout(
      () => this.socket.close(CLOSE_CODES.goingAway, "Frames are no longer acknowledged."),
      this.#options.stallTimeoutMs ?? STALL_TIMEOUT_MS,
    );
  }
}

/** Message of each frame, shared by all its viewers: the socket copies what it cannot send immediately. */
const messages = new WeakMap<EncodedFrame | EncodedVideoFrame, Uint8Array<ArrayBuffer>>();

/** The binary message of a frame, with the current time as its sending time. Valid until the next call for the same frame. */
function frameMessage(frame: EncodedFrame | EncodedVideoFrame): Uint8Array<ArrayBuffer> {
  let message = messages.get(frame);
  if (message === undefined) {
    message = new Uint8Array(FRAME_HEADER_BYTES + frame.bytes.byteLength);
    message.set(frame.bytes, FRAME_HEADER_BYTES);
    messages.set(frame, message);
  }
  const { number, level, still, width, height, renderedAtMs, eventMs, renderMs } = frame;
  const format = "format" in frame ? frame.format : frame.codec;
  const sentAtMs = performance.timeOrigin + performance.now();
  writeFrameHeader(
    {
      ...{ format, qualityLevel: level, still, width, height, renderedAtMs, eventMs, renderMs, sentAtMs },
      lossless: format === "png",
      keyframe: "keyframe" in frame && frame.keyframe,
      // 32 bits: two years at 60 frames per second.
      frame: number,
    },
    message,
  );
  return message;
}
