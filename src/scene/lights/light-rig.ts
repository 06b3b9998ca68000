import { type Camera, DirectionalLight, Group, HemisphereLight, type Object3D } from "three";
import { EnvironmentLight } from "../../actors/environment-light.ts";

/** Creates a weak sky and ground light, so that surfaces without other light are not black. */
export function skyLight(intensity: number): HemisphereLight {
  return new HemisphereLight(0xf4f7ff, 0x4a443e, intensity);
}

/**
 * Lights that move with the camera: a key light from the upper left, a weaker fill light from the right, and a weak sky light.
 * Intensities in three.js's units: a white surface that faces a light of intensity pi is white.
 */
export class LightRig {
  readonly object = new Group();
  readonly #sky = skyLight(0.62);

  constructor() {
    const key = new DirectionalLight(0xfffaf2, 2.35);
    key.position.set(-0.55, 0.7, 0.9);
    const fill = new DirectionalLight(0xdfe8ff, 0.5);
    fill.position.set(0.9, -0.1, 0.6);
    for (const light of [key, fill]) this.object.add(light, light.target);
    this.object.add(this.#sky);
    this.object.name = "scenecast light rig";
  }

  /** Rotates the lights with the camera. They are directional, so their position has no effect. */
  follow(camera: Camera): void {
    this.object.quaternion.copy(camera.quaternion);
    this.object.updateMatrixWorld(true);
  }

  /** Turns the sky light off if the scene has an environment, which already lights from all directions. */
  set hasEnvironment(has: boolean) {
    this.#sky.visible = !has;
  }

  /** Hides the rig if the scene has other lights, as VTK does with its headlight. */
  hideIfLit(scene: Object3D): void {
    let isLit = false;
    scene.traverseVisible((object) => {
      if (object instanceof EnvironmentLight) isLit = true;
      if ("isLight" in object && object.parent !== this.object) isLit = true;
    });
    this.object.visible = !isLit;
  }
}
