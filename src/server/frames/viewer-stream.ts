/** How pictures can go to a viewer. */
export const TRANSPORTS = ["mjpeg", "jpeg", "video", "webrtc"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** A stream of pictures on its way to a viewer. */
export interface ViewerStream {
  readonly transport: Transport;
  /** Pictures per second over the last two seconds. */
  readonly fps: number;
  /** Since the stream was opened. */
  readonly frames: number;
  readonly bytes: number;
  readonly skipped: number;
  /** Bits per second that went to it over the last two seconds. */
  readonly bitrate: number;
  /** Quality of the newest picture: 0 is the best. */
  readonly level: 0 | 1 | 2;
  /** From handing a picture over to hearing that it is there, ms; null where the transport does not tell. */
  readonly rttMs: number | null;
  /** Packets lost on the way lately, 0 to 1; null where the transport does not tell. */
  readonly loss: number | null;
  /** px, of the newest picture handed over. */
  readonly width: number;
  readonly height: number;
  /** Whether it accepts pictures of reduced resolution: our page scales them to the view's size. */
  readonly acceptsReducedResolution: boolean;
  /** Ends it. Idempotent. */
  close(): void;
}
