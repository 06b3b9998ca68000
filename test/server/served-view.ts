import { afterEach, beforeEach } from "bun:test";
import { startServer } from "../../src/page-server.ts";
import type { ScenecastServer } from "../../src/server/server.ts";
import { TestRenderer } from "../encode/producers.ts";

/** Server on a free port, and a renderer that is not attached to it. */
export interface ServedView {
  readonly server: ScenecastServer;
  readonly renderer: TestRenderer;
}

/** Starts a new server and a new renderer for each test of the calling file, and stops them after it. */
export function servedView(): ServedView {
  let server: ScenecastServer;
  let renderer: TestRenderer;
  beforeEach(async () => {
    server = await startServer({ port: 0 });
    renderer = new TestRenderer();
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
