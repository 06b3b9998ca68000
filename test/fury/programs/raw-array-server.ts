// A Worker that serves frames from SharedArrayBuffers of its program. It receives the arrays, posts its URL, and ends after
// the next message.

import { webServerRawArray } from "../../../src/fury/web-server.ts";
import type { RawArrays } from "../../../src/server/renderer/renderer-link.ts";

self.addEventListener(
  "message",
  async ({ data }: MessageEvent<RawArrays>) => {
    const server = await webServerRawArray({ ...data, port: 0 });
    self.addEventListener(
      "message",
      async () => {
        await server.stop();
        process.exit(0);
      },
      { once: true },
    );
    postMessage(server.url);
  },
  { once: true },
);
