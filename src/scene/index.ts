export { DEFAULT_BACKGROUND } from "./background.ts";
export type { CameraState, Triple } from "./camera-state.ts";
export { buildDemoScene, type DemoScene } from "./demo-scene.ts";
export { type Detection, detectFormat, KNOWN_FORMATS, type MeshFormat } from "./formats.ts";
export { type FileInspection, inspectFile } from "./inspect.ts";
export { type LoadedScene, type LoadOptions, loadScene } from "./load.ts";
export { type FilePosition, LoadError } from "./load-error.ts";
export {
  type GlBackend,
  MAX_SIZE,
  type RenderOptions,
  ShowManager,
  type ShowManagerEvents,
  type ShowManagerOptions,
  type Snapshot,
} from "./show-manager.ts";
export { type SphereGlyph, SphereGlyphs } from "./sphere-glyphs.ts";
export { buildTubes, type Streamline, type TubesOptions } from "./streamline-tubes.ts";
export {
  type InteractorEvent,
  type InteractorEvents,
  type Modifiers,
  type MouseButton,
  type TrackballMotion,
  TrackballStyle,
  type TrackballTarget,
} from "./trackball-style.ts";
export { defaultUpAxis, parseUpAxis, UP_AXES, type UpAxis } from "./up-axis.ts";
export { type SceneCamera, ViewCamera } from "./view-camera.ts";
