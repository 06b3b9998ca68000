import type { QualityLevel } from "../../encode/frame.ts";
import type { Subscription } from "../../encode/frame-fanout.ts";
import type { FrameConsumer } from "../demand.ts";
import type { RateMeter } from "../metrics/rate-meter.ts";

/** Transports of frames to a viewer. */
export const TRANSPORTS = ["mjpeg", "jpeg", "video", "webrtc"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** A stream of frames to a viewer. It is a consumer of {@link Demand}. */
export interface ViewerStream extends FrameConsumer {
  readonly transport: Transport;
  /** Frame rate and byte rate over the last two seconds. */
  readonly rate: RateMeter;
  /** Counts the frames delivered and skipped since the stream was opened; null before the first. */
  readonly subscription: Pick<Subscription, "delivered" | "skipped"> | null;
  /** Since the stream was opened. */
  readonly bytes: number;
  /** Round-trip time: from sending a frame to its acknowledgement, ms; null if not known. */
  readonly rttMs: number | null;
  /** Recent packet loss, 0 to 1; null if not known, as over TCP. */
  readonly loss: number | null;
  /** The newest frame: its quality level, 0 the best, and its size in px; null before the first. */
  readonly newest: { readonly level: QualityLevel; readonly width: number; readonly height: number } | null;
  /** Ends it. Idempotent. */
  close(): void;
}
