import type { PixelImage } from "../native/pixel-image.ts";

/** Formats of films: WebM with VP8, and animated WebP, which can be transparent. */
export type FilmFormat = "webm" | "webp";

/** Writes bytes into a file. @param position offset in the file, bytes */
export type WriteAt = (bytes: Uint8Array, position: number) => void;

export interface FilmSettings {
  readonly size: readonly [width: number, height: number];
  /** Frames per second. */
  readonly fps: number;
  /** Whether the frames have alpha, straight and not premultiplied. */
  readonly transparent: boolean;
}

/** Encodes frames to a film, one after the other. */
export interface FilmWriter {
  /** Encodes the next frame and writes it. `image.data` must not change until the promise settles. */
  add(image: PixelImage): Promise<void>;
  /** Completes the film. */
  finish(): void;
  /** Frees the encoder. Idempotent. */
  close(): void;
}

/** Time at which a frame is shown, ms from the start. @param n its number, from 0 */
export function frameTimeMs(n: number, fps: number): number {
  return Math.round((n * 1000) / fps);
}
