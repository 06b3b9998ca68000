import type { SceneDocument } from "../document/scene-document.ts";
import type { LayerKind } from "../layers/layer-properties.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { ControlValue, PanelDescription } from "../protocol/panel.ts";
import type { RendererStatus } from "../protocol/server-messages.ts";
import type { AnimationTime } from "../stream/render-loop.ts";
import type { LivenessLimits } from "./renderer-liveness.ts";
import type { RendererConfig } from "./renderer-protocol.ts";
import type { SegmentNames } from "./segment-names.ts";

export interface SupervisorOptions {
  /** Attaches the server to the segments of a new renderer; may throw. */
  attach: (names: SegmentNames, driver: string) => void;
  /**
   * Returns the viewpoint and the frame size of the renderer that died; undefined if it had no frame. Both are needed, since the view
   * angle alone does not determine the visible part of the scene.
   */
  lastView: () => (Pick<RendererConfig, "size"> & { readonly camera: CameraState }) | undefined;
  limits?: LivenessLimits;
  /** Whether the renderer is replaced when the scene module changes, so that one that cannot be shown at the start is waited for. */
  waitsForModule?: boolean;
}

export interface SupervisorEvents {
  /** A renderer has opened its GL driver. */
  opened: undefined;
  /** A renderer has written its first frame; the event is its GL driver. */
  running: string;
  status: RendererStatus;
  /** A scene was loaded; the event is the kinds of its layers by id. */
  layers: Readonly<Record<string, LayerKind>>;
  panel: PanelDescription;
  /** Values of a program's controls that have changed, by the control's name. */
  controlValues: Readonly<Record<string, ControlValue>>;
  /** The animation begins to play, stops, or is that of another renderer, which begins at 0. */
  animation: AnimationTime;
  /** A viewer has dragged clip planes: the new value of `clipPlanes` of the view. */
  clip: string;
  /** The files were loaded again; the event is the error if they could not be, and the old scene stays. */
  reloaded: string | undefined;
  /** The next renderer begins with this earlier document, because the newest one has ended several renderers. */
  reverted: SceneDocument;
  /** The process crashed or was killed, and is about to be restarted; its segments are removed. The event is the reason, as a sentence. */
  exited: string;
  /** The scene module failed, and its renderer has ended. It is not restarted until the next reload. `forViewers`: the error without folders. */
  halted: { readonly error: string; readonly forViewers: string };
  /** An error of the scene module, whose scene stays. */
  moduleError: string;
  /** Fatal: the renderer is not restarted; the event is the error message. */
  failed: string;
}
