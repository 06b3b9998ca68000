import { afterEach, beforeEach } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer, ServerOptions } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";

/** Server on a free port, and a renderer. */
export interface ServedView {
  readonly server: ScenecastServer;
  readonly renderer: TestRenderer;
}

export interface ServedViewOptions {
  server?: ServerOptions;
  /** Size of the renderer's buffers, px. */
  maxSize?: [number, number];
  /** Prepares the renderer, which is then attached. Default: it is not attached. */
  attach?: (renderer: TestRenderer) => void;
}

/** Starts a new server and a new renderer for each test of the calling file, and stops them after it. */
export function servedView({ server: options, maxSize, attach }: ServedViewOptions = {}): ServedView {
  let server: ScenecastServer;
  let renderer: TestRenderer;
  beforeEach(async () => {
    server = await startServer({ port: 0, ...options });
    renderer = new TestRenderer({ ...(maxSize && { maxSize }) });
    if (attach === undefined) return;
    attach(renderer);
    server.attach(renderer.names);
  });
  afterEach(async () => {
    await server.stop();
    renderer[Symbol.dispose]();
  });
  return {
    get server() {
      return server;
    },
    get renderer() {
      return renderer;
    },
  };
}
