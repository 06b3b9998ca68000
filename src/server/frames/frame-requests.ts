import { guarded } from "../../native/guarded.ts";
import type { FramesMessage } from "../../protocol/client-messages.ts";
import { TokenBucket } from "../../rtp/token-bucket.ts";
import type { JpegSocketStream } from "./jpeg-socket-stream.ts";
import type { VideoSocketStream } from "./video-socket-stream.ts";

/** Frame stream that a page requests on its WebSocket. */
export interface FrameStreamRequest {
  encoding: Exclude<FramesMessage["encoding"], "none">;
  /** See {@link FramesMessage}. */
  lossless: boolean;
}

export type SocketFrameStream = JpegSocketStream | VideoSocketStream;

/** Delay before a request over the rate limit is granted, ms: at 2 a second, the token bucket has another token by then. */
const RETRY_MS = 500;

/**
 * The frame stream of one WebSocket, reopened with each request. Requests are rate limited, and of those over the limit only the
 * newest is granted, later: without the limit, a page that alternated encodings grew the server from 100 to 480 MB.
 */
export class FrameRequests {
  readonly #open: (request: FrameStreamRequest) => SocketFrameStream;
  /** Each stream may cost an encoder, and a keyframe for its bitrate layer. */
  readonly #rateLimit = new TokenBucket(8, 2);
  /** The newest stream; null before the first. */
  stream: SocketFrameStream | null = null;
  /** The request of the open stream, or the pending one; null if there is neither. */
  #requested: FrameStreamRequest | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(open: (request: FrameStreamRequest) => SocketFrameStream) {
    this.#open = open;
  }

  /** Replaces the stream by a new one, immediately or when the rate limit allows it. */
  request(request: FrameStreamRequest): void {
    this.#requested = request;
    if (this.#retry !== undefined) return;
    if (this.#rateLimit.take()) this.stream = this.#open(request);
    else {
      const retry = guarded("A frame stream could not be opened", () => this.#requestAgain());
      this.#retry = setTimeout(retry, RETRY_MS);
    }
  }

  /** Closes the stream, calls `whileClosed`, and opens the stream again if there was one. */
  reopen(whileClosed: () => void): void {
    const request = this.#retry !== undefined || this.stream?.isOpen ? this.#requested : null;
    this.close();
    whileClosed();
    if (request !== null) this.request(request);
  }

  /** Closes the stream, and drops the pending request. Idempotent. */
  close(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#requested = null;
    this.stream?.close();
  }

  #requestAgain(): void {
    this.#retry = undefined;
    if (this.#requested !== null) this.request(this.#requested);
  }
}
