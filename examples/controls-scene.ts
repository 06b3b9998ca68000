// A scene with controls in the page's panel: bun examples/controls-scene.ts [port]
import { ShowManager, ShowStream, startServer } from "scenecast";
import { Mesh, MeshLambertMaterial, TorusKnotGeometry } from "three";

const show = new ShowManager({ size: [1280, 720], background: "#202830" });
const material = new MeshLambertMaterial({ color: "#e07a3f" });
const knot = new Mesh(new TorusKnotGeometry(1, 0.35, 200, 32), material);
show.add(knot);

// A callback changes the scene; the picture follows by itself.
function rebuild() {
  knot.geometry.dispose();
  knot.geometry = new TorusKnotGeometry(1, radius.value, 200, 32, Number(turns.value));
}
const radius = show.panel.number("Radius", {
  min: 0.1,
  max: 0.6,
  step: 0.01,
  value: 0.35,
  onChange: rebuild,
});
const turns = show.panel.choice("Turns", { choices: ["2", "3", "5"], onChange: rebuild });
const color = show.panel.color("Color", { value: "#e07a3f", onChange: (value) => material.color.set(value) });
const more = show.panel.folder("More");
more.boolean("Wireframe", { onChange: (value) => (material.wireframe = value) });
more.text("Title", { value: "A knot", onChange: (value) => console.error(`The title is "${value}".`) });
more.button("Reset", {
  onClick: () => {
    // Values that the program sets are shown to all viewers, and do not call onChange.
    radius.value = 0.35;
    turns.value = "2";
    color.value = "#e07a3f";
    material.color.set(color.value);
    rebuild();
  },
});

const stream = new ShowStream(show);
stream.start();
const server = await startServer({ port: Number(process.argv[2] ?? 8000), panel: show.panel });
server.attach(stream.names);
console.log(server.url);

process.once("SIGINT", async () => {
  await server.stop();
  stream.cleanup(); // removes the shared memory
});
