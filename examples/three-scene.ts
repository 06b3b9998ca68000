// A three.js scene in the browser: bun examples/three-scene.ts [port]
import { ShowManager, ShowStream, startServer } from "scenecast";
import { Mesh, MeshLambertMaterial, TorusKnotGeometry } from "three";

const show = new ShowManager({ size: [1280, 720], background: "#202830" });
show.add(new Mesh(new TorusKnotGeometry(1, 0.35, 200, 32), new MeshLambertMaterial({ color: "#e07a3f" })));

const stream = new ShowStream(show);
stream.start();
const server = await startServer({ port: Number(process.argv[2] ?? 8000) });
server.attach(stream.names);
console.log(server.url);

process.once("SIGINT", async () => {
  await server.stop();
  stream.cleanup(); // removes the shared memory
});
