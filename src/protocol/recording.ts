/** Messages of `POST /record` and `GET /record/ID`: pictures and films of the scene, rendered beside the live view. The page bundles this file. */
import type { CameraState } from "./camera-state.ts";

/** Maximum width and height of a picture or film, px: the texture limit of SwiftShader and llvmpipe. */
export const MAX_RECORDING_SIDE = 8192;

/** What is recorded: one picture; or a film of the scene from all sides, of a camera path through views, of the time steps, or of what is done from now on. */
export const RECORDING_KINDS = ["picture", "turntable", "path", "steps", "live"] as const;
type RecordingKind = (typeof RECORDING_KINDS)[number];

export const RECORDING_FORMATS = ["png", "jpeg", "webp", "webm"] as const;
/** `png` and `jpeg` are pictures, `webm` is a film, and `webp` is either. */
export type RecordingFormat = (typeof RECORDING_FORMATS)[number];

export interface RecordingRequest {
  readonly kind: RecordingKind;
  /** Default: png for a picture, webm for a film. */
  readonly format?: RecordingFormat | undefined;
  /** Width and height, px. Default: that of the view. */
  readonly size?: readonly [width: number, height: number] | undefined;
  /** Number of frames. Default: as `scenecast record`. */
  readonly frames?: number | undefined;
  /** Frames per second. Default: as `scenecast record`. */
  readonly fps?: number | undefined;
  /** Rotation of a turntable, degrees. Default: 360. */
  readonly degrees?: number | undefined;
  /** Cameras of a path, in order: 2 or more. */
  readonly views?: readonly CameraState[] | undefined;
  /** Whether the path returns to its first view. Default: false. */
  readonly loop?: boolean | undefined;
  /** Values of the document's `view` for this recording, such as `{"scalarBar": false, "background": "transparent"}`. */
  readonly view?: Readonly<Record<string, unknown>> | undefined;
}

export interface RecordingStatus {
  /** Letters and digits; a part of the address. */
  readonly id: string;
  readonly kind: RecordingKind;
  readonly format: RecordingFormat;
  /**
   * - capturing: what is done in the view is noted, until `POST /record/ID/stop`
   * - rendering: the pictures are rendered
   * - done: `GET /record/ID/film` gives the file
   * - failed: `error` says why
   */
  readonly state: "capturing" | "rendering" | "done" | "failed";
  /** Share of the work that is done, 0 to 1. */
  readonly fraction: number;
  /** Frames that are done, and all of them; 0 while their number is not known. */
  readonly frame: number;
  readonly frames: number;
  /** Bytes of the file until now. */
  readonly bytes: number;
  /** Expected bytes of the file; null while unknown. */
  readonly estimatedBytes: number | null;
  /** Expected remaining time, s; null while unknown. */
  readonly secondsLeft: number | null;
  /** What is done now, such as "reading": a verb, or a phrase. */
  readonly phase: string;
  /** Why it failed: a sentence. */
  readonly error?: string | undefined;
}
