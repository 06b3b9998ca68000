import { assertList } from "../memory/image-memory.ts";
import type { RawArrays, RendererMemory } from "../server/renderer/renderer-link.ts";
import { ScenecastServer, type ServerOptions } from "../server/server.ts";
import { loadPage } from "../web/page-document.ts";

/** FURY's options of both web servers. */
interface WebServerOptions extends ServerOptions {
  /** Minimum interval between two frames of the MJPEG stream, ms. Default 16, as in FURY. */
  msJpeg?: number;
  /** Whether to listen immediately. Default true; otherwise `start()` does. */
  runApp?: boolean;
}

/** Names of segments that another process created. Without those of the queue, events are refused. */
export interface SharedMemWebServerOptions extends WebServerOptions {
  imageBufferNames: readonly string[];
  infoBufferName: string;
  queueHeadTailBufferName?: string;
  queueBufferName?: string;
}

/** SharedArrayBuffers that the program or one of its Workers created. Without those of the queue, events are refused. */
export interface RawArrayWebServerOptions extends WebServerOptions, RawArrays {}

/**
 * FURY's web_server: serves the frames that another process writes into shared memory. Unlike FURY's it returns when the
 * server listens; `stop()` or `using` ends it. The segments are not removed.
 * @throws (as a rejection) SharedMemoryError or MemoryLayoutError if a segment is missing or has another layout;
 *   ServerStartError if it cannot listen there.
 */
export async function webServer(options: SharedMemWebServerOptions): Promise<ScenecastServer> {
  return serve(options, {
    image_buffer_names: assertList(options.imageBufferNames, "imageBufferNames"),
    info_buffer_name: options.infoBufferName,
    queue_buffer_name: options.queueBufferName,
    queue_head_tail_buffer_name: options.queueHeadTailBufferName,
  });
}

/**
 * FURY's web_server_raw_array: serves the frames that this program, or one of its Workers, writes into SharedArrayBuffers. See
 * {@link webServer}.
 * @throws (as a rejection) MemoryLayoutError if a buffer has another layout; ServerStartError if it cannot listen there.
 */
export function webServerRawArray(options: RawArrayWebServerOptions): Promise<ScenecastServer> {
  const { imageBuffers, infoBuffer, queueHeadTailBuffer, queueBuffer } = options;
  return serve(options, { imageBuffers, infoBuffer, queueHeadTailBuffer, queueBuffer });
}

async function serve(options: WebServerOptions, memory: RendererMemory) {
  const { msJpeg = 16, runApp = true, providesWebrtc = true } = options;
  // As in FURY, MJPEG is on if WebRTC is off: without both, its page would show nothing.
  const providesMjpeg = options.providesMjpeg !== false || !providesWebrtc;
  using building = new DisposableStack();
  const server = building.use(
    new ScenecastServer({ page: loadPage, ...options, msJpeg, providesMjpeg, providesWebrtc }),
  );
  server.attach(memory);
  if (runApp) await server.start();
  building.move();
  return server;
}
