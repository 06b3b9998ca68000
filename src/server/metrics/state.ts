import packageJson from "../../../package.json";
import { QUALITY_LEVELS, type QualityLevel } from "../../encode/frame.ts";
import type { NewestFrame } from "../../encode/frame-source.ts";
import type { JpegEncoder } from "../../encode/jpeg-encoder.ts";
import type { LatencyHistogram } from "../../encode/latency-histogram.ts";
import type { VideoBroadcast } from "../../encode/video-broadcast.ts";
import type { CameraState } from "../../protocol/camera-state.ts";
import type { RendererStatus } from "../../protocol/renderer-status.ts";
import type { InputQueue } from "../input/input-queue.ts";
import type { Latency } from "../viewers/latency.ts";
import type { ViewerState, Viewers } from "../viewers/viewers.ts";

/** `GET /state`. Everything is since the server's start unless it says otherwise. */
export interface ServerState {
  version: string;
  title: string;
  uptimeSeconds: number;
  renderer: RendererStatus & {
    /** Process id of who made the segments; null for a plain FURY producer. */
    pid: number | null;
    driver: string | null;
    /** Frames per second over the last two seconds. A plain FURY producer is only watched while somebody looks. */
    fps: number;
    /** Pictures rendered, whether anybody saw them or not; 0 where not known. */
    renders: number;
  };
  /** The newest frame; null before the first. Sizes in px; `still`: in full quality, because the view rests. */
  frame: { number: number; width: number; height: number; still: boolean } | null;
  /** Pictures made, in every quality; how long the last of a moving view took, and of the newest 256 the median, ms. */
  encoder: { frames: number; lastMs: number; medianMs: number | null; pending: number };
  /**
   * Frames of VP8 streams made, how many of them need no other, and of each stream what it is encoded for now, bit/s (0 where
   * nobody looks at it), and what the median frame of the newest 256 took, ms.
   */
  video: {
    frames: number;
    keyframes: number;
    pending: number;
    tiers: { tier: QualityLevel; bitrate: number; medianMs: number | null }[];
  };
  /** Medians of the newest 256 measurements at all viewers, ms; null before the first. See {@link ViewerState}. */
  latency: {
    /** From the end of rendering to the hand-over. */
    frameAgeMs: number | null;
    /** From an event's coming in to the hand-over of a picture that shows it. */
    inputToSentMs: number | null;
    /** From an event's coming in to the acknowledgement of a picture that shows it: input to picture, as a person sees it. */
    inputToSeenMs: number | null;
  };
  viewers: ViewerState[];
  /** The viewpoint of that frame in world units and degrees; null where not known. */
  camera: CameraState | null;
  /** `accepted`: merged and pending ones too. */
  events: { accepted: number; refused: number; pending: number; merged: number };
}

export const VERSION: string = packageJson.version;

/** What the state is gathered from. */
export interface StateSources {
  title: string;
  startedAtMs: number;
  status: RendererStatus;
  driver: string | null;
  pid: number | null;
  fps: number;
  renders: number;
  newest: NewestFrame | null;
  encoder: JpegEncoder;
  video: VideoBroadcast;
  latency: Latency;
  viewers: Viewers;
  camera: CameraState | null;
  input: InputQueue;
}

export function serverState(parts: StateSources): ServerState {
  const { pid, driver, fps, renders, newest, input, encoder, video, latency } = parts;
  return {
    version: VERSION,
    title: parts.title,
    uptimeSeconds: Math.round(performance.now() - parts.startedAtMs) / 1000,
    renderer: { ...parts.status, pid, driver, fps, renders },
    frame: newest && {
      number: newest.number,
      width: newest.width,
      height: newest.height,
      still: newest.still,
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
    viewers: parts.viewers.state(),
    camera: parts.camera,
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
