import type { RgbaImage } from "./rgba-image.ts";

/** An image format. The list of them is in `decode-image.ts`. */
export interface ImageFormat {
  /** Name for messages: "PNG". */
  readonly name: string;
  /** Detects the format by content. */
  detect(bytes: Uint8Array): boolean;
  /** @throws Error with a message for the user; also for more than `MAX_PIXELS` pixels */
  decode(bytes: Uint8Array): RgbaImage | Promise<RgbaImage>;
}
