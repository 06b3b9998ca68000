import { assertList } from "../memory/image-memory.ts";
import type { RawArrays, RendererMemory } from "../server/renderer/renderer-link.ts";
import { ScenecastServer, type ServerOptions } from "../server/server.ts";
import { loadPage } from "../web/page-document.ts";

/** FURY's options of both web servers. */
interface WebServerOptions extends ServerOptions {
  /** Shortest time from one picture of the MJPEG stream to the next, ms. Default 16, as FURY's. */
  msJpeg?: number;
  /** Whether to listen. Default true; `start()` does it later. */
  runApp?: boolean;
}

/** Names of segments that another process made. Without the two of the queue, frames are shown and events refused. */
export interface SharedMemWebServerOptions extends WebServerOptions {
  imageBufferNames: readonly string[];
  infoBufferName: string;
  queueHeadTailBufferName?: string;
  queueBufferName?: string;
}

/** Memory that the program or another of its Workers made. Without the two of the queue, events are refused. */
export interface RawArrayWebServerOptions extends WebServerOptions, RawArrays {}

/**
 * FURY's web_server: serves the frames that another process writes into shared memory. Unlike FURY's it does not wait for
 * its end: `stop()` or `using` ends it. The segments stay their creator's.
 * @throws (as a rejection) SharedMemoryError or MemoryLayoutError where the segments are not there or not what they
 *   should be; ServerStartError when it can not listen there.
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
 * FURY's web_server_raw_array: serves the frames that this program, or a Worker of it, writes into SharedArrayBuffers. See
 * {@link webServer}.
 * @throws (as a rejection) MemoryLayoutError where the buffers are not what they should be; ServerStartError when it can
 *   not listen there.
 */
export function webServerRawArray(options: RawArrayWebServerOptions): Promise<ScenecastServer> {
  const { imageBuffers, infoBuffer, queueHeadTailBuffer, queueBuffer } = options;
  return serve(options, { imageBuffers, infoBuffer, queueHeadTailBuffer, queueBuffer });
}

async function serve(options: WebServerOptions, memory: RendererMemory) {
  const { msJpeg = 16, runApp = true, providesWebrtc = true } = options;
  // As in FURY, MJPEG is on whenever WebRTC is off: without both, its page would have no picture.
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
