import type { ReceivedFrame } from "./frame-channel.ts";
import type { FrameStreamEvents } from "./frame-stream.ts";

interface FramePresenterOptions<T> {
  /** Shows a frame. @returns null if it is malformed, or if the presenter was closed */
  show: (item: T) => Promise<ReceivedFrame | null>;
  /** Disposes a frame that is not shown because a newer one arrived. */
  drop: (item: T) => void;
  events: FrameStreamEvents;
}

/**
 * Shows the frames of a stream one at a time. Latest wins: of those that arrive while one is being shown, only the newest is shown
 * next, so the view is at most one frame behind.
 */
export class FramePresenter<T> {
  readonly #options: FramePresenterOptions<T>;
  #next: { item: T } | null = null;
  #showing = false;
  hasShown = false;
  isOpen = true;

  constructor(options: FramePresenterOptions<T>) {
    this.#options = options;
  }

  push(item: T): void {
    if (this.#next !== null) this.#options.drop(this.#next.item);
    this.#next = { item };
    if (!this.#showing) this.#showAll().catch(() => this.#onError());
  }

  /** Drops the frame that waits, and reports no further events. */
  close(): void {
    this.isOpen = false;
    const next = this.#next;
    this.#next = null;
    if (next !== null) this.#options.drop(next.item);
  }

  async #showAll(): Promise<void> {
    this.#showing = true;
    try {
      for (let next = this.#next; next !== null; next = this.#next) {
        this.#next = null;
        const frame = await this.#options.show(next.item);
        if (frame !== null && this.isOpen) this.#onShown(frame);
      }
    } finally {
      this.#showing = false;
    }
  }

  #onShown({ header, payload }: ReceivedFrame): void {
    const isFirst = !this.hasShown;
    this.hasShown = true;
    if (isFirst) this.#options.events.onFirstFrame();
    this.#options.events.onFrame({ ...header, bytes: payload.byteLength });
  }

  /** Handles a frame that could not be painted: reopens the stream if it ever worked, else falls back to another transport. */
  #onError(): void {
    if (!this.isOpen) return;
    if (this.hasShown) this.#options.events.onDisconnected();
    else this.#options.events.onTransportFailed();
  }
}
