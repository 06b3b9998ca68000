/** scenecast as a library, for Bun: render a three.js scene without a window, stream it, serve it. The bare GL context is `scenecast/gl`. */

export type { Actor, Legend, TimeSteps } from "./actors/actor.ts";
export { type ActorData, createActor } from "./actors/create-actor.ts";
export { formatDocument } from "./document/document-file.ts";
export { DocumentError, type SceneDocument } from "./document/scene-document.ts";
export { type RecordOptions, record } from "./film/record.ts";
export type { FilmProgress } from "./film/record-film.ts";
export type {
  Assembly,
  Chain,
  DataArray,
  Label,
  Lines,
  Mesh,
  Molecule,
  NumericArray,
  Points,
  Residue,
  Space,
  StreamlineGroup,
  Streamlines,
  Surface,
  Vertices,
  Volume,
} from "./formats/data-kinds.ts";
export { LoadError } from "./formats/load-error.ts";
export { ArrayCircularQueue, GenericCircularQueue, SharedMemCircularQueue } from "./fury/circular-queue.ts";
export {
  type CircularQueueOf,
  callbackStreamClient,
  FuryStreamClient,
  type FuryStreamClientOptions,
  FuryStreamInteraction,
  type FuryStreamInteractionOptions,
  type ImageBuffersOf,
  type InteractionCallbackOptions,
  interactionCallback,
} from "./fury/fury-stream.ts";
export { type GetAppOptions, getApp } from "./fury/get-app.ts";
export {
  GenericImageBufferManager,
  RawArrayImageBufferManager,
  SharedMemImageBufferManager,
} from "./fury/image-buffer-manager.ts";
export { IntervalTimer, IntervalTimerThreading } from "./fury/interval-timer.ts";
export {
  GenericMultiDimensionalBuffer,
  RawArrayMultiDimensionalBuffer,
  SharedMemMultiDimensionalBuffer,
} from "./fury/multi-dimensional-buffer.ts";
export { RTCServer, RTCServerReleasedError, type VideoFrame } from "./fury/rtc-server.ts";
export { setMouse, setMouseClick, setWheel } from "./fury/set-events.ts";
export {
  type RawArrayWebServerOptions,
  type SharedMemWebServerOptions,
  webServer,
  webServerRawArray,
} from "./fury/web-server.ts";
export { Widget, type WidgetEvents, type WidgetOptions } from "./fury/widget.ts";
export { checkPortIsAvailable } from "./fury/widget-address.ts";
export type { NotebookOutput } from "./fury/widget-iframe.ts";
export { WidgetError } from "./fury/widget-server.ts";
export type { Layer, LayerStyle } from "./layers/layer.ts";
export type {
  MeshStyle,
  MoleculeStyle,
  PointsStyle,
  StreamlinesStyle,
  VolumeStyle,
} from "./layers/layer-properties.ts";
export { QueueLockedError } from "./memory/event-queue.ts";
export { EVENT, EventRowError } from "./memory/event-row.ts";
export type { FrameCopy as CurrentFrame } from "./memory/frame-reader.ts";
export { MemoryLayoutError } from "./memory/memory-segment.ts";
export { JpegError, SharedMemoryError } from "./native/errors.ts";
export { ServerApp, startServer } from "./page-server.ts";
export { ButtonHandle, ControlHandle } from "./panel/control-handle.ts";
export type { PanelWatcher } from "./panel/control-list.ts";
export {
  type BooleanOptions,
  type ButtonOptions,
  type ChoiceOptions,
  type ColorOptions,
  ControlFolder,
  type ControlOptions,
  type NumberOptions,
  Panel,
  type RangeOptions,
  type TextOptions,
} from "./panel/panel.ts";
export type { CameraState } from "./protocol/camera-state.ts";
export type { RendererCommand } from "./protocol/commands.ts";
export type { Control, ControlValue } from "./protocol/panel.ts";

export type { PickedLayer, PickedPlace, PickFact, PickPurpose, PickResult } from "./protocol/pick.ts";
export type { LoadedLayer, LoadOptions } from "./scene/load-layer.ts";
export { type LoadedScene, loadScene } from "./scene/load-scene.ts";

export { showDocument } from "./scene/show-document.ts";
export { ShowManager } from "./scene/show-manager.ts";
export type {
  PickEvent,
  RenderOptions,
  ShowKeyEvent,
  ShowManagerEvents,
  ShowManagerOptions,
  ShowPointerEvent,
  Snapshot,
} from "./scene/show-options.ts";
export type { AppOptions } from "./server/app.ts";
export { ServerStartError } from "./server/errors.ts";
export type { RequestHandler } from "./server/http/router.ts";
export type { CommandExecutor } from "./server/renderer/command-channel.ts";
export type {
  RawArrays,
  RendererManagers,
  RendererMemory,
  SegmentNames,
} from "./server/renderer/renderer-link.ts";
export type { ScenecastServer, ServerOptions } from "./server/server.ts";
export type { TlsFiles } from "./server/tls.ts";
export type { AppliedEvents } from "./stream/apply-events.ts";
export { type Animation, ShowStream, type ShowStreamOptions } from "./stream/show-stream.ts";
