/** scenecast as a library, for Bun: render a three.js scene without a window, stream it, serve it. The bare GL context is `scenecast/gl`. */

export { EVENT } from "./memory/event-ids.ts";
export { SharedMemCircularQueue } from "./memory/shared-mem-circular-queue.ts";
export { SharedMemImageBufferManager } from "./memory/shared-mem-image-buffer-manager.ts";
export type { CameraState } from "./scene/camera-state.ts";
export { type LoadedScene, type LoadOptions, loadScene } from "./scene/load.ts";
export { LoadError } from "./scene/load-error.ts";
export {
  type RenderOptions,
  ShowManager,
  type ShowManagerOptions,
  type Snapshot,
} from "./scene/show-manager.ts";
export { type ScenecastServer, type ServerOptions, startServer } from "./server/server.ts";
export { FuryStreamClient, type FuryStreamClientOptions } from "./stream/fury-stream-client.ts";
export {
  FuryStreamInteraction,
  type FuryStreamInteractionOptions,
} from "./stream/fury-stream-interaction.ts";
export { type Animation, ShowStream, type ShowStreamOptions } from "./stream/show-stream.ts";
