import packageJson from "../../../package.json";
import { QUALITY_LEVELS, type QualityLevel } from "../../encode/frame.ts";
import type { LatencyHistogram } from "../../encode/latency-histogram.ts";
import type { CameraState } from "../../protocol/camera-state.ts";
import type { RendererStatus } from "../../protocol/server-messages.ts";
import type { Hub } from "../hub.ts";
import type { ViewerState } from "../viewers/viewers.ts";

/** Body of `GET /state`. Counters start at 0 with the server unless stated otherwise. */
export interface ServerState {
  version: string;
  title: string;
  uptimeSeconds: number;
  renderer: RendererStatus & {
    /** Process id of the producer; null for a plain FURY producer. */
    pid: number | null;
    driver: string | null;
    /** Frames per second over the last two seconds. A plain FURY producer is watched only while there is demand. */
    fps: number;
    /** Frames rendered by the current renderer, also those that were not sent; 0 if not known. */
    renders: number;
  };
  /**
   * The newest frame; null before the first. Sizes in px; `still`: whether it is the full view of a still view; `completeness`: the
   * share of the current view that it shows in full quality, 0 to 1.
   */
  frame: { number: number; width: number; height: number; still: boolean; completeness: number } | null;
  /** JPEG and PNG encodings. `lastMs` and `medianMs` (of the newest 256) are those of a moving view, ms. */
  encoder: { frames: number; lastMs: number; medianMs: number | null; pending: number };
  /** Video encodings. `tiers`: by bitrate layer the target bitrate, bit/s (0 without viewers), and the median of the newest 256, ms. */
  video: {
    frames: number;
    keyframes: number;
    pending: number;
    tiers: { tier: QualityLevel; bitrate: number; medianMs: number | null }[];
  };
  /** Medians of the newest 256 measurements of all viewers, ms; null before the first. See {@link ViewerState}. */
  latency: {
    /** From the end of rendering to sending. */
    frameAgeMs: number | null;
    /** From receiving an event to sending a frame that shows it. */
    inputToSentMs: number | null;
    /** From receiving an event to the acknowledgement of a frame that shows it: the latency that a person sees. */
    inputToSeenMs: number | null;
  };
  viewers: ViewerState[];
  /** Camera of the newest frame, in world units and degrees; null if not known. */
  camera: CameraState | null;
  /** Events. `accepted` includes merged and pending ones. */
  events: { accepted: number; refused: number; pending: number; merged: number };
}

export const VERSION: string = packageJson.version;

export function serverState(hub: Hub): ServerState {
  const { renderer, encoder, video, latency } = hub;
  const { input } = renderer;
  const { newest } = renderer.source;
  return {
    version: VERSION,
    title: hub.title,
    uptimeSeconds: Math.round(performance.now() - hub.startedAtMs) / 1000,
    renderer: { ...renderer.status, ...renderer.statistics },
    frame: newest && {
      number: newest.number,
      width: newest.width,
      height: newest.height,
      still: newest.still,
      completeness: hundredths(renderer.completeness),
    },
    encoder: {
      frames: encoder.frames,
      lastMs: hundredths(encoder.lastMs),
      medianMs: median(encoder.durations[0]),
      pending: encoder.pending,
    },
    video: {
      frames: video.frames,
      keyframes: video.keyframes,
      pending: video.pending,
      tiers: QUALITY_LEVELS.map((tier) => ({
        tier,
        bitrate: Math.round(video.bitrates[tier]),
        medianMs: median(video.durations[tier]),
      })),
    },
    latency: {
      frameAgeMs: median(latency.frameAge),
      inputToSentMs: median(latency.inputToSent),
      inputToSeenMs: median(latency.inputToAcknowledged),
    },
    viewers: hub.viewers.state(),
    camera: newest?.camera ?? renderer.camera,
    events: {
      accepted: input.accepted,
      refused: input.refused,
      pending: input.pending,
      merged: input.merged,
    },
  };
}

function median(durations: LatencyHistogram): number | null {
  const ms = durations.quantileMs(0.5);
  return ms === null ? null : hundredths(ms);
}

function hundredths(ms: number): number {
  return Math.round(ms * 100) / 100;
}
