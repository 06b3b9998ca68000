export { type SphereGlyph, SphereGlyphs } from "../actors/sphere-glyphs.ts";
export { buildTubes, type Streamline, type TubesOptions } from "../actors/streamline-tubes.ts";
export { type FileInspection, inspectFile } from "../formats/inspect-file.ts";
export { type FilePosition, LoadError } from "../formats/load-error.ts";
export { type Detection, detectFormat, KNOWN_FORMATS, type MeshFormat } from "../formats/registry.ts";
export { defaultUpAxis, parseUpAxis, UP_AXES, type UpAxis } from "../formats/up-axis.ts";
export { DEFAULT_BACKGROUND } from "./background.ts";
export type { CameraState, Triple } from "./camera/camera-state.ts";
export {
  type InteractorEvent,
  type InteractorEvents,
  type Modifiers,
  type MouseButton,
  type TrackballMotion,
  TrackballStyle,
  type TrackballTarget,
} from "./camera/trackball-style.ts";
export { type SceneCamera, ViewCamera } from "./camera/view-camera.ts";
export { buildDemoScene, type DemoScene } from "./demo/demo-scene.ts";
export { type LoadedScene, type LoadOptions, loadScene } from "./load-scene.ts";
export {
  type GlBackend,
  MAX_SIZE,
  type RenderOptions,
  ShowManager,
  type ShowManagerEvents,
  type ShowManagerOptions,
  type Snapshot,
} from "./show-manager.ts";
