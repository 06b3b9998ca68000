import { getLogger } from "@logtape/logtape";
import type { FrameProvider, RawFrame } from "../encode/frame.ts";
import type { EventQueue } from "../memory/event-queue.ts";
import type { SharedImage } from "../memory/shared-image.ts";
import { ServerApp } from "../page-server.ts";
import type { AppOptions } from "../server/app.ts";
import type { RTCServer } from "./rtc-server.ts";

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

/** Frames of an RTCServer, or of a subclass that modifies them, each as soon as it is returned. */
export class RtcServerFrames implements FrameProvider {
  readonly #server: Pick<RTCServer, "recv">;
  readonly #onError: (error: unknown) => void;
  readonly #listeners = new Set<() => void>();
  #newest: RawFrame | null = null;
  #receiving = false;

  /** `onError` is called once, when there are no more frames. */
  constructor(server: Pick<RTCServer, "recv">, onError: (error: unknown) => void) {
    this.#server = server;
    this.#onError = onError;
  }

  get frameNumber(): number {
    return this.#newest?.number ?? 0;
  }

  onFrame(listener: () => void): () => void {
    this.#listeners.add(listener);
    if (!this.#receiving) void this.#receive();
    return () => this.#listeners.delete(listener);
  }

  copyNewest(): RawFrame | null {
    return this.#newest;
  }

  async #receive(): Promise<void> {
    this.#receiving = true;
    try {
      while (this.#listeners.size > 0) {
        const { width, height, format, bottomUp, data, repeated } = await this.#server.recv();
        // The broadcast itself repeats a still view to viewers that need it.
        if (repeated) continue;
        const renderedAtMs = performance.timeOrigin + performance.now();
        this.#newest = {
          ...{ number: this.frameNumber + 1, width, height, format, bottomUp, data, renderedAtMs },
          ...{ eventMs: null, renderMs: null, viewSize: null, still: null, unchanged: false },
        };
        for (const listener of [...this.#listeners]) listener();
      }
    } catch (error) {
      this.#onError(error);
    } finally {
      this.#receiving = false;
    }
  }
}
