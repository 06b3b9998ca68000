import { type Material, type MeshPhysicalMaterial, Quaternion, type Scene, type Texture } from "three";
import { findEnvironment } from "../../actors/environment-light.ts";
import { studioEnvironment } from "./studio.ts";

/** Sets a scene's environment map: that of its files, or else a studio if the scene has metal or glass to reflect it. */
export class SceneEnvironment {
  readonly #scene: Scene;
  /** The texture that this object assigned to the scene. */
  #assigned: Texture | undefined;
  #studio: Texture | undefined;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  /** Selects the environment for the current objects. An environment that the program assigned is kept. */
  update({ studio }: { studio: boolean }): void {
    const scene = this.#scene;
    if (scene.environment !== null && scene.environment !== this.#assigned) return;
    const light = findEnvironment(scene);
    if (light !== undefined) {
      scene.environment = light.cube;
      scene.environmentIntensity = light.intensity;
      scene.environmentRotation.setFromQuaternion(light.getWorldQuaternion(new Quaternion()));
    } else if (studio && hasReflections(scene)) {
      this.#studio ??= studioEnvironment();
      scene.environment = this.#studio;
      scene.environmentIntensity = 0.5;
      scene.environmentRotation.set(0, 0, 0);
    } else if (this.#assigned !== this.#studio) {
      scene.environment = null;
      scene.environmentIntensity = 1;
      scene.environmentRotation.set(0, 0, 0);
    }
    this.#assigned = scene.environment ?? undefined;
  }

  /** Removes the environment from the scene and frees the studio. */
  dispose(): void {
    if (this.#scene.environment === this.#assigned) this.#scene.environment = null;
    this.#studio?.dispose();
  }
}

/** Limit of the index of refraction for glass: diamond has 2.4. A higher one stands for metal (see `convertSpecularGlossiness`). */
const MAX_DIELECTRIC_IOR = 2.5;

/** Whether a visible object is of metal or glass, whose appearance is mostly reflections. */
function hasReflections(scene: Scene): boolean {
  let found = false;
  scene.traverseVisible((object) => {
    if (!("material" in object)) return;
    for (const material of [object.material as Material | Material[]].flat()) {
      const { metalness = 0, transmission = 0, ior = 1.5 } = material as Partial<MeshPhysicalMaterial>;
      if (metalness > 0 || transmission > 0 || ior > MAX_DIELECTRIC_IOR) found = true;
    }
  });
  return found;
}
