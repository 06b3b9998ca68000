import { type Camera, DirectionalLight, Group, HemisphereLight, type Object3D } from "three";
import { EnvironmentLight } from "../../actors/environment-light.ts";

/** Creates the weak sky and ground light that keeps surfaces which no other light reaches from being black. */
export function skyLight(intensity: number): HemisphereLight {
  return new HemisphereLight(0xf4f7ff, 0x4a443e, intensity);
}

/**
 * Light that goes with the camera, so that every side that is looked at reads well: a key from the upper left, a
 * weaker fill from the right, a little sky and ground. Intensities are three's, in which a white surface that faces a
 * light of intensity pi is white.
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

  /** Turns the light with the camera; directions only, so the place does not matter. */
  follow(camera: Camera): void {
    this.object.quaternion.copy(camera.quaternion);
    this.object.updateMatrixWorld(true);
  }

  /** An environment lights from all around already. */
  set hasEnvironment(has: boolean) {
    this.#sky.visible = !has;
  }

  /** Whether the scene has light of its own, in which case this rig stays dark, as VTK's headlight does. */
  yieldTo(scene: Object3D): void {
    let foreign = false;
    scene.traverseVisible((object) => {
      if (object instanceof EnvironmentLight) foreign = true;
      if ("isLight" in object && object.parent !== this.object) foreign = true;
    });
    this.object.visible = !foreign;
  }
}
