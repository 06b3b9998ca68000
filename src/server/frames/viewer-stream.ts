import type { FrameConsumer } from "../demand.ts";

/** Transports of frames to a viewer. */
export const TRANSPORTS = ["mjpeg", "jpeg", "video", "webrtc"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** A stream of frames to a viewer. It is a consumer of {@link Demand}. */
export interface ViewerStream extends FrameConsumer {
  readonly transport: Transport;
  /** Frames per second over the last two seconds. */
  readonly fps: number;
  /** Since the stream was opened. */
  readonly frames: number;
  readonly bytes: number;
  readonly skipped: number;
  /** Bits per second over the last two seconds. */
  readonly bitrate: number;
  /** Quality level of the newest frame, 0 the best. */
  readonly level: 0 | 1 | 2;
  /** Round-trip time: from sending a frame to its acknowledgement, ms; null if not known. */
  readonly rttMs: number | null;
  /** Recent packet loss, 0 to 1; null if not known, as over TCP. */
  readonly loss: number | null;
  /** Size of the newest frame, px. */
  readonly width: number;
  readonly height: number;
  /** Ends it. Idempotent. */
  close(): void;
}
