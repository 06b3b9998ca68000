// A scene of your own: scenecast view scene.ts --watch
// three.js, its addons and scenecast are in the executable; files beside this one are imported as usual.
import type { ShowManager } from "scenecast";
import { Color, DirectionalLight, HemisphereLight, MathUtils, Mesh, MeshStandardMaterial } from "three";
import { RoundedBoxGeometry } from "three/addons/geometries/RoundedBoxGeometry.js";

const STEPS = 44;

export default (show: ShowManager) => {
  const geometry = new RoundedBoxGeometry(3.4, 0.16, 0.62, 3, 0.07);
  const steps = Array.from({ length: STEPS }, (_, i) => {
    const color = new Color().setHSL(0.52 + (0.5 * i) / STEPS, 0.62, 0.58);
    const step = new Mesh(geometry, new MeshStandardMaterial({ color, roughness: 0.45 }));
    step.position.y = 0.13 * (i - STEPS / 2);
    return step;
  });
  const sun = new DirectionalLight("#fff4e0", 2.4);
  sun.position.set(3, 6, 4);
  show.add(...steps, sun, new HemisphereLight("#dde8ff", "#40324a", 1.1));

  // A slider in the page's panel.
  const twist = show.panel.number("Twist", { min: 0, max: 20, step: 0.1, value: 8, unit: "°" });

  // Called before each frame.
  show.on("animate", ({ seconds }) => {
    for (const [i, step] of steps.entries())
      step.rotation.y = 0.3 * seconds + i * MathUtils.degToRad(twist.value);
  });
};
