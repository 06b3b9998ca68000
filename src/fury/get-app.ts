import { getLogger } from "@logtape/logtape";
import type { EventQueue } from "../memory/event-queue.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import { ServerApp } from "../page-server.ts";
import type { AppOptions } from "../server/app.ts";
import type { RTCServer } from "./rtc-server.ts";
import { RtcServerFrames } from "./rtc-server-frames.ts";

const log = getLogger(["scenecast", "server"]);

export interface GetAppOptions extends AppOptions {
  /** Source of the frames. The caller keeps it open until the end of the app. */
  imageBufferManager: SharedImage;
  /** Destination of events; the caller keeps it open too. Default none: events are refused. */
  circularQueue?: EventQueue | null;
  /** Source of the frames of WebRTC viewers; the caller keeps it open too. Default: `imageBufferManager`. */
  rtcServer?: Pick<RTCServer, "recv">;
}

/**
 * FURY's get_app: page, frames and events without a port, for the caller's HTTP server. See {@link ServerApp}.
 * `providesMjpeg` is true by default; FURY's is false.
 * @throws MemoryLayoutError for a queue whose rows do not have the 8 values of an event; RangeError if `msJpeg` or `path`
 *   is invalid.
 */
export function getApp(options: GetAppOptions): ServerApp {
  const { imageBufferManager: images, circularQueue: queue = null, rtcServer, ...appOptions } = options;
  const videoFrames =
    rtcServer &&
    new RtcServerFrames(
      rtcServer,
      (error) => log.info`The RTCServer has no more frames for WebRTC: ${error}`,
    );
  const app = new ServerApp(appOptions, videoFrames);
  app.attach({ images, queue });
  return app;
}
