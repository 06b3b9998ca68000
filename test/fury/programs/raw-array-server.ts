// A Worker that serves what the program that started it writes into RawArrays. It gets the arrays, says its address, and
// ends by itself after a message to stop.

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
