import {
  BackSide,
  BoxGeometry,
  Color,
  type Material,
  Mesh,
  MeshBasicMaterial,
  type MeshPhysicalMaterial,
  PMREMGenerator,
  Quaternion,
  Scene,
  SphereGeometry,
  type Texture,
  type WebGLRenderer,
} from "three";
import { findEnvironment } from "../../actors/environment-light.ts";

/** Sets a scene's environment map: that of its files, or else a studio if the scene has metal or glass to reflect it. */
export class SceneEnvironment {
  readonly #scene: Scene;
  readonly #renderer: WebGLRenderer;
  /** The texture that this object assigned to the scene. */
  #assigned: Texture | undefined;
  #studio: Texture | undefined;

  constructor(scene: Scene, renderer: WebGLRenderer) {
    this.#scene = scene;
    this.#renderer = renderer;
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
      this.#studio ??= studioEnvironment(this.#renderer);
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

/**
 * Creates an environment map for reflections: a studio with a bright sky, a dark floor and two lamps. Metals, such as glTF's default
 * material, are black without an environment.
 *
 * @returns a texture for `scene.environment`; the caller disposes of it
 */
function studioEnvironment(renderer: WebGLRenderer): Texture {
  const studio = new Scene();
  studio.background = new Color(0.32, 0.34, 0.38);
  const parts: Mesh[] = [];
  const add = (mesh: Mesh, x: number, y: number, z: number): void => {
    mesh.position.set(x, y, z);
    parts.push(mesh);
    studio.add(mesh);
  };
  const lamp = (brightness: number): MeshBasicMaterial =>
    new MeshBasicMaterial({ color: new Color(brightness, brightness, brightness) });
  add(new Mesh(new SphereGeometry(40, 16, 8, 0, Math.PI * 2, 0, 1.1), backFaces(lamp(1.1))), 0, 0, 0);
  add(new Mesh(new BoxGeometry(60, 1, 60), lamp(0.08)), 0, -12, 0);
  add(new Mesh(new BoxGeometry(10, 14, 1), lamp(9)), -14, 12, 14);
  add(new Mesh(new BoxGeometry(8, 10, 1), lamp(4)), 18, 4, -10);
  const generator = new PMREMGenerator(renderer);
  const { texture } = generator.fromScene(studio, 0.03, 0.1, 100);
  generator.dispose();
  for (const { geometry, material } of parts) {
    geometry.dispose();
    for (const one of [material].flat()) one.dispose();
  }
  return texture;
}

function backFaces(material: MeshBasicMaterial): MeshBasicMaterial {
  material.side = BackSide;
  return material;
}
