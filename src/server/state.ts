import packageJson from "../../package.json";
import type { NewestFrame } from "../encode/frame-source.ts";
import type { JpegEncoder } from "../encode/jpeg-encoder.ts";
import type { CameraState } from "../memory/info-extension.ts";
import type { InputQueue } from "./input-queue.ts";
import type { RendererStatus } from "./protocol.ts";
import type { ViewerState, Viewers } from "./viewers.ts";

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
  encoder: { frames: number; lastMs: number };
  viewers: ViewerState[];
  /** The viewpoint of that frame in world units and degrees; null where not known. */
  camera: CameraState | null;
  events: { accepted: number; refused: number; pending: number };
}

export const VERSION: string = packageJson.version;

/** What the state is gathered from. */
export interface StateParts {
  title: string;
  startedAtMs: number;
  status: RendererStatus;
  driver: string | null;
  pid: number | null;
  fps: number;
  renders: number;
  newest: NewestFrame | null;
  encoder: JpegEncoder;
  viewers: Viewers;
  camera: CameraState | null;
  input: InputQueue;
}

export function serverState(parts: StateParts): ServerState {
  const { pid, driver, fps, renders, newest, input, encoder } = parts;
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
    encoder: { frames: encoder.frames, lastMs: Math.round(encoder.lastMs * 100) / 100 },
    viewers: parts.viewers.state(),
    camera: parts.camera,
    events: { accepted: input.accepted, refused: input.refused, pending: input.pending },
  };
}
