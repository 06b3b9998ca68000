import {
  type AmbientLight,
  type Camera,
  type Color,
  type DirectionalLight,
  type HemisphereLight,
  type Scene,
  Vector3,
} from "three";
import { LIGHT_SIDE } from "../../native/line-splat.ts";

/** Light of a scene as it falls on a surface, in view coordinates. */
interface ViewLight {
  readonly direction: Vector3;
  /** Luminance for a normal towards the light and, for hemisphere lights, away from it. */
  readonly luminance: number;
  readonly ground?: number;
}

/** Luminance of the scene's environment map, if it has one: that of the sky light, which it replaces. */
const ENVIRONMENT_LUMINANCE = 0.6;

/** Brightness of lines by their normal in view coordinates, from the directional, hemisphere and ambient lights of a scene. */
export class LightTable {
  readonly #table = new Float32Array(LIGHT_SIDE ** 2);
  /** Key of the lights in the table. */
  #key = "";

  /**
   * Returns a square table: the factor of a color for a normal whose x and y, -1 to 1, are column and row. The same array is returned
   * each time.
   */
  update(scene: Scene, camera: Camera): Float32Array {
    const { ambient, lights } = lightsOf(scene, camera);
    const key = [ambient, ...lights.flatMap((l) => [...l.direction, l.luminance, l.ground ?? 0])].join();
    if (key !== this.#key) this.#fill(ambient, lights);
    this.#key = key;
    return this.#table;
  }

  #fill(ambient: number, lights: readonly ViewLight[]): void {
    const normal = new Vector3();
    for (let i = 0; i < this.#table.length; i += 1) {
      const x = (2 * (i % LIGHT_SIDE)) / (LIGHT_SIDE - 1) - 1;
      const y = (2 * Math.floor(i / LIGHT_SIDE)) / (LIGHT_SIDE - 1) - 1;
      normal.set(x, y, Math.sqrt(Math.max(0, 1 - x * x - y * y))).normalize();
      let sum = ambient;
      for (const { direction, luminance, ground } of lights) {
        const cosine = normal.dot(direction);
        sum +=
          ground === undefined
            ? luminance * Math.max(0, cosine)
            : ground + (luminance - ground) * (0.5 + 0.5 * cosine);
      }
      // Colors are sRGB, whose gamma is about 2.
      this.#table[i] = Math.sqrt(sum / Math.PI);
    }
  }
}

function lightsOf(scene: Scene, camera: Camera): { ambient: number; lights: ViewLight[] } {
  let ambient = scene.environment === null ? 0 : ENVIRONMENT_LUMINANCE;
  const lights: ViewLight[] = [];
  const toView = (direction: Vector3): Vector3 => direction.transformDirection(camera.matrixWorldInverse);
  scene.traverseVisible((object) => {
    if ("isAmbientLight" in object) {
      const { color, intensity } = object as AmbientLight;
      ambient += intensity * luminanceOf(color);
    } else if ("isHemisphereLight" in object) {
      const { color, groundColor, intensity, matrixWorld } = object as HemisphereLight;
      lights.push({
        direction: toView(new Vector3().setFromMatrixPosition(matrixWorld).normalize()),
        luminance: intensity * luminanceOf(color),
        ground: intensity * luminanceOf(groundColor),
      });
    } else if ("isDirectionalLight" in object) {
      const { color, intensity, matrixWorld, target } = object as DirectionalLight;
      const towards = new Vector3().setFromMatrixPosition(matrixWorld);
      towards.sub(new Vector3().setFromMatrixPosition(target.matrixWorld));
      lights.push({ direction: toView(towards.normalize()), luminance: intensity * luminanceOf(color) });
    }
  });
  // A scene without lights shows plain colors.
  if (ambient === 0 && lights.length === 0) ambient = Math.PI;
  return { ambient, lights };
}

function luminanceOf({ r, g, b }: Color): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
