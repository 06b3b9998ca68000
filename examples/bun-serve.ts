// The view inside a Bun.serve of your own, below /view/: bun examples/bun-serve.ts [port]
import { getApp, ShowManager, ShowStream } from "scenecast";
import { Mesh, MeshLambertMaterial, SphereGeometry } from "three";

const show = new ShowManager({ size: [1280, 720] });
show.add(new Mesh(new SphereGeometry(1, 48, 32), new MeshLambertMaterial({ color: "#4f9dde" })));
const stream = new ShowStream(show);
stream.start();

const app = getApp({
  imageBufferManager: stream.image,
  circularQueue: stream.queue,
  path: "/view",
});
const server = Bun.serve({
  port: Number(process.argv[2] ?? 8000),
  hostname: "localhost",
  reusePort: false, // without it a second server could listen on the same port
  idleTimeout: 0, // streams of frames are silent while the view is still
  websocket: app.websocket,
  fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (pathname.startsWith("/view/")) return app.fetch(request, server);
    return new Response('<h1>My page</h1><iframe src="view/?iframe=1" width="640" height="360"></iframe>', {
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  },
});
console.log(server.url.href);

process.once("SIGINT", async () => {
  app.onShutdown();
  await server.stop(true);
  stream.cleanup();
});
