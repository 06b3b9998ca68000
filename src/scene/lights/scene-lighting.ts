import type { Camera, Scene } from "three";
import { LightRig } from "./light-rig.ts";
import { SceneEnvironment } from "./scene-environment.ts";

/** Lights a scene by its own lights and environment or, if it has none and `rig` is set, by a light rig and a studio environment. */
export class SceneLighting {
  readonly #scene: Scene;
  readonly #rig: LightRig | undefined;
  readonly #environment: SceneEnvironment;
  /** Number of children of the scene at the last search for lights. */
  #childCount = -1;

  constructor(scene: Scene, { rig }: { rig: boolean }) {
    this.#scene = scene;
    this.#environment = new SceneEnvironment(scene);
    if (!rig) return;
    this.#rig = new LightRig();
    scene.add(this.#rig.object);
  }

  /** Call it before each render. */
  update(camera: Camera): void {
    this.#rig?.follow(camera);
    const { children } = this.#scene;
    if (children.length === this.#childCount) return;
    this.#childCount = children.length;
    this.#environment.update({ studio: this.#rig !== undefined });
    if (this.#rig === undefined) return;
    this.#rig.hideIfLit(this.#scene);
    this.#rig.hasEnvironment = this.#scene.environment !== null;
  }

  dispose(): void {
    if (this.#rig !== undefined) this.#scene.remove(this.#rig.object);
    this.#environment.dispose();
  }
}
