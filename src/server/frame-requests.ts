import type { FrameSocket } from "./frame-socket.ts";
import { streamAllowance } from "./limits.ts";
import type { FramesMessage } from "./protocol.ts";
import type { VideoSocket } from "./video-socket.ts";

/** How a page wants its pictures on its socket. */
export interface FrameWishes {
  encoding: Exclude<FramesMessage["encoding"], "none">;
  /** See {@link FramesMessage}. */
  lossless: boolean;
}

export type SocketFrames = FrameSocket | VideoSocket;

/** Delay before a request beyond the allowance is granted, ms: the allowance has another by then. */
const RETRY_MS = 500;

/**
 * The picture stream of one socket, opened again with each request. Requests beyond the allowance wait, and only the newest of
 * them is granted: alternating encodings took the server from 100 to 480 MB.
 */
export class FrameRequests {
  readonly #open: (wishes: FrameWishes) => SocketFrames;
  readonly #allowance = streamAllowance();
  #frames: SocketFrames | null = null;
  /** Of the stream that is open, or of the request that waits; null without both. */
  #wishes: FrameWishes | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(open: (wishes: FrameWishes) => SocketFrames) {
    this.#open = open;
  }

  /** Opens a stream in the place of the one before, now or when the allowance has one. */
  ask(wishes: FrameWishes): void {
    this.#wishes = wishes;
    if (this.#retry !== undefined) return;
    if (this.#allowance.take()) this.#frames = this.#open(wishes);
    else this.#retry = setTimeout(() => this.#askAgain(), RETRY_MS);
  }

  /** Closes the stream, and opens it again after `meanwhile` where there was one. */
  reopen(meanwhile: () => void): void {
    const wishes = this.#retry !== undefined || this.#frames?.isOpen ? this.#wishes : null;
    this.close();
    meanwhile();
    if (wishes !== null) this.ask(wishes);
  }

  /** No more pictures. Idempotent. */
  close(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#wishes = null;
    this.#frames?.close();
  }

  acknowledge(frame: number, heldMs?: number): void {
    this.#frames?.acknowledge(frame, heldMs);
  }

  requestKeyframe(): void {
    this.#frames?.requestKeyframe();
  }

  drained(): void {
    this.#frames?.drained();
  }

  #askAgain(): void {
    this.#retry = undefined;
    if (this.#wishes !== null) this.ask(this.#wishes);
  }
}
