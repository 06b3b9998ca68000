import type { Size } from "../geometry.ts";

/** One open picture stream. It is not used again after `close`; a reconnect opens a new one. */
export interface PictureStream {
  /** What shows the picture, scaled by `object-fit: contain`. */
  readonly element: HTMLImageElement;
  /** Size in px of the picture that is shown, or null: nothing has come yet, or the stream broke. */
  size(): Size | null;
  /** Ends the stream, its connection included. May be called more than once. */
  close(): void;
}

/** What a stream tells its owner. */
export interface PictureStreamEvents {
  /** The first picture is there and may be shown. */
  onFirstPicture(): void;
  /** The stream broke and gives no more pictures. Not every transport can tell: see {@link PictureStream.size}. */
  onBroken(): void;
}
