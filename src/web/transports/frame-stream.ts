import type { ArrivedFrame } from "../frame-channel.ts";
import type { Size } from "../geometry.ts";
import { type DecodedPicture, decodePicture } from "./decode-picture.ts";
import type { PictureStream, PictureStreamEvents, PictureWays } from "./picture-stream.ts";

/**
 * Frames that come as messages on the page's own socket, painted on a canvas. One is decoded at a time; of those that
 * come meanwhile the newest is next and the others are dropped, so the picture is never further behind than one decoding.
 *
 * Chromium 156, measured with bitmaps of 720p at 60 a second: decoding is on another thread in any case, and the page's own
 * is busy for 4 ms a frame. A Worker that decodes and paints leaves it 1.3 ms, and the picture is there no sooner.
 */
export class FrameStream implements PictureStream {
  readonly element: HTMLCanvasElement;
  readonly mayVanish = false;
  readonly #channel: PictureWays["frames"];
  readonly #events: PictureStreamEvents;
  #decoding = false;
  /** Arrived while another was being decoded, oldest first. The server lets few be on their way. */
  #waiting: ArrivedFrame[] = [];
  #shown = false;
  #open = true;

  constructor({ frames }: PictureWays, events: PictureStreamEvents) {
    this.#channel = frames;
    this.#events = events;
    this.element = document.createElement("canvas");
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
    if (this.#decoding) this.#waiting.push(frame);
    else void this.#show(frame);
  }

  async #show(frame: ArrivedFrame): Promise<void> {
    this.#decoding = true;
    const decoded = await decodePicture(frame);
    this.#decoding = false;
    this.#channel.acknowledge(frame);
    const newer = this.#waiting;
    this.#waiting = [];
    const newest = this.#open ? newer.pop() : undefined;
    for (const dropped of newer) this.#channel.acknowledge(dropped);
    // Decoding goes on while this one is painted.
    if (newest !== undefined) void this.#show(newest);
    if (decoded === null) return;
    if (this.#open) this.#paint(decoded, frame);
    decoded.close();
  }

  #paint({ source, width, height }: DecodedPicture, { header, picture }: ArrivedFrame): void {
    const { element } = this;
    // Setting a size clears the canvas; nobody sees it, for the picture is drawn before the next painting.
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    element.getContext("2d", { alpha: false })?.drawImage(source, 0, 0);
    const first = !this.#shown;
    this.#shown = true;
    if (first) this.#events.onFirstPicture();
    this.#events.onFrame({ ...header, bytes: picture.byteLength });
  }
}
