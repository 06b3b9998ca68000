import { type CubeTexture, Object3D } from "three";

/** Image-based light of a file. Its world rotation is that of the environment map; its position has no effect. */
export class EnvironmentLight extends Object3D {
  /** Linear radiance, in the layout of three.js's cube textures. */
  readonly cube: CubeTexture;
  /**
   * Irradiance, at intensity 1, of a surface that faces the brightest of the six axis directions, in the units of
   * three.js's lights.
   */
  readonly irradiance: number;
  intensity: number;

  constructor(cube: CubeTexture, irradiance: number, intensity: number) {
    super();
    this.name = "environment";
    this.cube = cube;
    this.irradiance = irradiance;
    this.intensity = intensity;
  }

  /** Frees the texture, and the filtered map that three.js generated from it. */
  override dispose(): void {
    this.cube.dispose();
  }
}

/** Returns the first visible environment in a tree. */
export function findEnvironment(root: Object3D): EnvironmentLight | undefined {
  let found: EnvironmentLight | undefined;
  root.traverseVisible((object) => {
    if (object instanceof EnvironmentLight) found ??= object;
  });
  return found;
}
