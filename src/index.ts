/** scenecast as a library, for Bun: render a three.js scene without a window, stream it, serve it. The bare GL context is `scenecast/gl`. */

// Memory: FURY's buffers, queues and image buffers, between processes and between a program and its Workers.
export { ArrayCircularQueue } from "./memory/array-circular-queue.ts";
export { EVENT } from "./memory/event-ids.ts";
export { EventRowError } from "./memory/event-row.ts";
export type { CurrentFrame } from "./memory/frame-reader.ts";
export { GenericCircularQueue, QueueLockedError } from "./memory/generic-circular-queue.ts";
export { GenericImageBufferManager } from "./memory/generic-image-buffer-manager.ts";
export { GenericMultiDimensionalBuffer } from "./memory/generic-multi-dimensional-buffer.ts";
export { MemoryLayoutError } from "./memory/memory-segment.ts";
export { RawArrayImageBufferManager } from "./memory/raw-array-image-buffer-manager.ts";
export { RawArrayMultiDimensionalBuffer } from "./memory/raw-array-multi-dimensional-buffer.ts";
export { SharedMemCircularQueue } from "./memory/shared-mem-circular-queue.ts";
export { SharedMemImageBufferManager } from "./memory/shared-mem-image-buffer-manager.ts";
export { SharedMemMultiDimensionalBuffer } from "./memory/shared-mem-multi-dimensional-buffer.ts";
export { JpegError, SharedMemoryError } from "./native/errors.ts";
// The server: the page, its picture and its events.
export { ServerApp, startServer } from "./page-server.ts";
// The scene: what to render, and rendering it.
export type { CameraState } from "./scene/camera/camera-state.ts";
export { type LoadedScene, type LoadOptions, loadScene } from "./scene/load.ts";
export { LoadError } from "./scene/load-error.ts";
export {
  type RenderOptions,
  ShowManager,
  type ShowManagerOptions,
  type Snapshot,
} from "./scene/show-manager.ts";
export type { AppOptions } from "./server/app.ts";
export { RTCServerReleasedError, ServerStartError } from "./server/errors.ts";
export { type GetAppOptions, getApp } from "./server/get-app.ts";
export type { RawArrays, RendererManagers, RendererMemory, SegmentNames } from "./server/renderer-link.ts";
export type { RequestHandler } from "./server/routes.ts";
export { RTCServer, type VideoFrame } from "./server/rtc-server.ts";
export type { ScenecastServer, ServerOptions } from "./server/server.ts";
export { setMouse, setMouseClick, setWheel } from "./server/set-events.ts";
export type { TlsFiles } from "./server/tls.ts";
export {
  type RawArrayWebServerOptions,
  type SharedMemWebServerOptions,
  webServer,
  webServerRawArray,
} from "./server/web-server.ts";

// The stream: a show's pictures out, its events in.
export {
  callbackStreamClient,
  FuryStreamClient,
  type FuryStreamClientOptions,
  type ImageBuffersOf,
} from "./stream/fury-stream-client.ts";
export {
  type CircularQueueOf,
  FuryStreamInteraction,
  type FuryStreamInteractionOptions,
} from "./stream/fury-stream-interaction.ts";
export {
  type AppliedEvents,
  type InteractionCallbackOptions,
  interactionCallback,
} from "./stream/interaction-callback.ts";
export { IntervalTimer, IntervalTimerThreading } from "./stream/interval-timer.ts";
export { type Animation, ShowStream, type ShowStreamOptions } from "./stream/show-stream.ts";
export { Widget, type WidgetEvents, type WidgetOptions } from "./stream/widget.ts";
export { WidgetError } from "./stream/widget-error.ts";
export type { NotebookOutput } from "./stream/widget-iframe.ts";
export { checkPortIsAvailable } from "./stream/widget-port.ts";
