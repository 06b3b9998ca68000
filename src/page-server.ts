import type { FrameProvider } from "./encode/frame.ts";
import { type AppOptions, ServerApp as PagelessApp } from "./server/app.ts";
import { type ScenecastServer, type ServerOptions, startServer as startPageless } from "./server/server.ts";
import { loadPage } from "./web/page-document.ts";

/** {@link PagelessApp} that serves the viewer page unless `page` is given. */
export class ServerApp extends PagelessApp {
  /**
   * `videoFrames`: source of the frames of WebRTC viewers; default: the attached renderer.
   * @throws RangeError if `msJpeg`, `path`, a token, a proxy or `maxViewers` is invalid, or if both tokens are equal
   */
  constructor(options: AppOptions = {}, videoFrames?: FrameProvider) {
    super({ page: loadPage, ...options }, videoFrames);
  }
}

/**
 * Starts a server that serves the viewer page unless `page` is given. It listens when the promise settles, and shows
 * "starting" until a renderer is attached.
 * @throws ServerStartError if it cannot listen there, or the certificate is invalid; its message says what to do
 */
export function startServer(options: ServerOptions = {}): Promise<ScenecastServer> {
  return startPageless({ page: loadPage, ...options });
}
