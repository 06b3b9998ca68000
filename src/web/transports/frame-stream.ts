import type { ArrivedFrame } from "../frame-channel.ts";
import type { Size } from "../geometry.ts";
import type { PictureStream, PictureStreamEvents, PictureWays } from "./picture-stream.ts";

/**
 * Frames that come as messages on the page's own socket, shown by a canvas. One is decoded at a time; of those that come
 * meanwhile the newest is next and the others are dropped, so the picture is never further behind than one decoding.
 *
 * `createImageBitmap` decodes on another thread, and a "bitmaprenderer" takes what it makes without a copy. Measured in
 * Chromium 156 without a GPU at 1920x1080: 19 ms of processor time a frame and 1 ms of it on the page's own thread; `ImageDecoder`
 * with `drawImage` took 23 and 14, and the colours of its picture are converted on that thread.
 */
export class FrameStream implements PictureStream {
  readonly element: HTMLCanvasElement;
  readonly mayVanish = false;
  readonly #channel: PictureWays["frames"];
  readonly #events: PictureStreamEvents;
  readonly #context: ImageBitmapRenderingContext | null;
  #busy = false;
  /** Arrived while another was being decoded, oldest first. The server lets few be on their way. */
  #waiting: ArrivedFrame[] = [];
  #shown = false;
  #open = true;

  constructor({ frames }: PictureWays, events: PictureStreamEvents) {
    this.#channel = frames;
    this.#events = events;
    this.element = document.createElement("canvas");
    this.#context = this.element.getContext("bitmaprenderer", { alpha: false });
    this.#channel.begin("jpeg", (frame) => this.#take(frame));
  }

  size(): Size | null {
    return this.#shown ? { width: this.element.width, height: this.element.height } : null;
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#channel.end();
    this.element.remove();
  }

  #take(frame: ArrivedFrame): void {
    this.#waiting.push(frame);
    if (!this.#busy) this.#showAll().catch(() => this.#failed());
  }

  async #showAll(): Promise<void> {
    this.#busy = true;
    try {
      while (this.#waiting.length > 0) {
        const newest = this.#waiting.pop();
        const dropped = this.#waiting;
        this.#waiting = [];
        for (const frame of dropped) this.#channel.acknowledge(frame);
        if (newest !== undefined) await this.#show(newest);
      }
    } finally {
      this.#busy = false;
    }
  }

  async #show(frame: ArrivedFrame): Promise<void> {
    const bitmap = this.#open ? await decode(frame) : null;
    try {
      if (bitmap !== null && this.#open) this.#paint(bitmap, frame);
    } finally {
      bitmap?.close();
      this.#channel.acknowledge(frame);
    }
  }

  /** @throws where the browser has taken the canvas's memory */
  #paint(bitmap: ImageBitmap, { header, picture }: ArrivedFrame): void {
    const { element } = this;
    const { width, height } = bitmap;
    if (this.#context === null) throw new Error("This browser shows no bitmaps.");
    // Setting a size clears the canvas; it is filled before the next painting.
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    this.#context.transferFromImageBitmap(bitmap);
    const first = !this.#shown;
    this.#shown = true;
    if (first) this.#events.onFirstPicture();
    this.#events.onFrame({ ...header, bytes: picture.byteLength });
  }

  /** A picture could not be painted. Another canvas may do, if this one ever did. */
  #failed(): void {
    if (!this.#open) return;
    if (this.#shown) this.#events.onBroken();
    else this.#events.onLost();
  }
}

/** Null for a file that is no picture: the next one may be. */
async function decode({ header, picture }: ArrivedFrame): Promise<ImageBitmap | null> {
  try {
    return await createImageBitmap(new Blob([picture], { type: `image/${header.format}` }));
  } catch {
    return null;
  }
}
