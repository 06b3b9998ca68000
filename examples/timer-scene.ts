// A scene that moves by itself: bun examples/timer-scene.ts [port]
// The animation runs only while there are viewers; `seconds` is its running time.
import { ShowManager, ShowStream, startServer } from "scenecast";
import { BoxGeometry, Group, Mesh, MeshLambertMaterial } from "three";

const show = new ShowManager({ size: [1280, 720] });
const ring = new Group();
for (let i = 0; i < 12; i++) {
  const box = new Mesh(
    new BoxGeometry(0.3, 0.3, 0.3),
    new MeshLambertMaterial({ color: `hsl(${i * 30}, 70%, 60%)` }),
  );
  box.position.set(Math.cos((i * Math.PI) / 6), Math.sin((i * Math.PI) / 6), 0);
  ring.add(box);
}
show.add(ring);

const stream = new ShowStream(show);
stream.animation = {
  duration: 10, // seconds until it repeats
  animate: (seconds) => {
    ring.rotation.z = (seconds / 10) * 2 * Math.PI;
  },
};
stream.start();
const server = await startServer({ port: Number(process.argv[2] ?? 8000) });
server.attach(stream.names);
console.log(server.url);

process.once("SIGINT", async () => {
  await server.stop();
  stream.cleanup();
});
