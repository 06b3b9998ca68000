/** scenecast as a library, for Bun: render a three.js scene without a window, stream it, serve it. The bare GL context is `scenecast/gl`. */

export { LoadError } from "./formats/load-error.ts";
export { ArrayCircularQueue } from "./fury/array-circular-queue.ts";
export {
  callbackStreamClient,
  FuryStreamClient,
  type FuryStreamClientOptions,
  type ImageBuffersOf,
} from "./fury/fury-stream-client.ts";
export {
  type CircularQueueOf,
  FuryStreamInteraction,
  type FuryStreamInteractionOptions,
} from "./fury/fury-stream-interaction.ts";
export { GenericCircularQueue } from "./fury/generic-circular-queue.ts";
export { GenericImageBufferManager } from "./fury/generic-image-buffer-manager.ts";
export { GenericMultiDimensionalBuffer } from "./fury/generic-multi-dimensional-buffer.ts";
export { type GetAppOptions, getApp } from "./fury/get-app.ts";
export {
  type AppliedEvents,
  type InteractionCallbackOptions,
  interactionCallback,
} from "./fury/interaction-callback.ts";
export { IntervalTimer, IntervalTimerThreading } from "./fury/interval-timer.ts";
export { RawArrayImageBufferManager } from "./fury/raw-array-image-buffer-manager.ts";
export { RawArrayMultiDimensionalBuffer } from "./fury/raw-array-multi-dimensional-buffer.ts";
export { RTCServer, RTCServerReleasedError, type VideoFrame } from "./fury/rtc-server.ts";
export { setMouse, setMouseClick, setWheel } from "./fury/set-events.ts";
export { SharedMemCircularQueue } from "./fury/shared-mem-circular-queue.ts";
export { SharedMemImageBufferManager } from "./fury/shared-mem-image-buffer-manager.ts";
export { SharedMemMultiDimensionalBuffer } from "./fury/shared-mem-multi-dimensional-buffer.ts";
export {
  type RawArrayWebServerOptions,
  type SharedMemWebServerOptions,
  webServer,
  webServerRawArray,
} from "./fury/web-server.ts";
export { Widget, type WidgetEvents, type WidgetOptions } from "./fury/widget.ts";
export { WidgetError } from "./fury/widget-error.ts";
export type { NotebookOutput } from "./fury/widget-iframe.ts";
export { checkPortIsAvailable } from "./fury/widget-port.ts";
export { EVENT } from "./memory/event-ids.ts";
export { QueueLockedError } from "./memory/event-queue.ts";
export { EventRowError } from "./memory/event-row.ts";
export type { FrameCopy as CurrentFrame } from "./memory/frame-reader.ts";
export { MemoryLayoutError } from "./memory/memory-segment.ts";
export { JpegError, SharedMemoryError } from "./native/errors.ts";
export { ServerApp, startServer } from "./page-server.ts";
export type { CameraState } from "./protocol/camera-state.ts";
export type { RendererCommand } from "./protocol/commands.ts";
export { type LoadedScene, type LoadOptions, loadScene } from "./scene/load-scene.ts";
export {
  type RenderOptions,
  ShowManager,
  type ShowManagerOptions,
  type Snapshot,
} from "./scene/show-manager.ts";
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
export { type Animation, ShowStream, type ShowStreamOptions } from "./stream/show-stream.ts";
