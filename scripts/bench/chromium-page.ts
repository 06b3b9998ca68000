import { PerspectiveCamera, Scene, WebGLRenderer } from "three";
import { buildMesh } from "../../src/actors/mesh.ts";
import { ViewCamera } from "../../src/scene/camera/view-camera.ts";
import { viewpoint } from "../../src/scene/camera/viewpoint.ts";
import { LightRig } from "../../src/scene/lights/light-rig.ts";
import { boundsOf } from "../../src/scene/scene-bounds.ts";

// The page for comparison with `view`: the same three.js scene, light, material, camera and size, drawn by Chromium's WebGL. Every frame
// is read back, as in `view`; a page that does not read back queues frames and shows fewer than it counts.
const WIDTH = 1280;
const HEIGHT = 720;

const canvas = document.createElement("canvas");
document.body.append(canvas);
const renderer = new WebGLRenderer({ canvas, antialias: false, preserveDrawingBuffer: true });
renderer.setPixelRatio(1);
renderer.setSize(WIDTH, HEIGHT);
const scene = new Scene();
const view = new ViewCamera(new PerspectiveCamera(30, WIDTH / HEIGHT));
const rig = new LightRig();
scene.add(rig.object);

// The arrays of the model's surface as `view` prepares them, in files of their names.
const fetchBytes = async (name: string): Promise<ArrayBuffer> => (await fetch(name)).arrayBuffer();
const surface = {
  positions: new Float32Array(await fetchBytes("positions")),
  normals: new Float32Array(await fetchBytes("normals")),
  indices: new Uint32Array(await fetchBytes("indices")),
  isWatertight: true,
  detail: undefined,
};
scene.add(buildMesh({ surfaces: [surface], lines: undefined, points: undefined, origin: [0, 0, 0] }).object);
const { viewUp, direction } = viewpoint("y");
view.camera.up.copy(viewUp);
view.camera.position.copy(direction);
view.camera.lookAt(0, 0, 0);
const { box, center, radius } = boundsOf(scene);
view.frame(center, radius, WIDTH / HEIGHT);
view.resetClippingRange(box);

const gl = renderer.getContext();
const pixels = new Uint8Array(WIDTH * HEIGHT * 4);
let frames = 0;

function draw(): void {
  view.camera.position.applyAxisAngle(viewUp, 0.03);
  view.camera.lookAt(center);
  rig.follow(view.camera);
  renderer.render(scene, view.camera);
  gl.readPixels(0, 0, WIDTH, HEIGHT, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  frames++;
  requestAnimationFrame(draw);
}
requestAnimationFrame(draw);

Object.assign(globalThis, {
  framesDrawn: () => frames,
  driver: () => {
    const info = gl.getExtension("WEBGL_debug_renderer_info");
    return info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : "unknown";
  },
});
