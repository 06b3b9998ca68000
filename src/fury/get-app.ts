import type { EventQueue } from "../memory/event-queue.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import { ServerApp } from "../page-server.ts";
import type { AppOptions } from "../server/app.ts";
import type { RTCServer } from "./rtc-server.ts";

export interface GetAppOptions extends AppOptions {
  /** Where the frames are. It stays the caller's, who keeps it open until the app's end. */
  imageBufferManager: SharedImage;
  /** Where events go; stays the caller's as well. Default none: events are refused. */
  circularQueue?: EventQueue | null;
  /** Whose frames WebRTC's viewers get. Default: those of `imageBufferManager`. It stays the caller's too. */
  rtcServer?: Pick<RTCServer, "recv">;
}

/**
 * FURY's get_app: the page, the picture and the events without a port, for a server of the caller's own. See
 * {@link ServerApp}. `providesMjpeg` is true unless told otherwise; FURY's is false.
 * @throws MemoryLayoutError for a queue whose rows do not have the 8 values of an event; RangeError when `msJpeg` or
 *   `path` is none.
 */
export function getApp(options: GetAppOptions): ServerApp {
  const { imageBufferManager: images, circularQueue: queue = null, rtcServer, ...appOptions } = options;
  const app = new ServerApp(appOptions, rtcServer);
  app.attach({ images, queue });
  return app;
}
