import { type CubeTexture, Object3D } from "three";

/** Light from all around, of a file. Its rotation in the world is that of its picture; its place does not matter. */
export class EnvironmentLight extends Object3D {
  /** Linear radiance, in the layout of three's cube textures. */
  readonly cube: CubeTexture;
  /**
   * Irradiance, at intensity 1, of a surface that faces the brightest of the six directions, in the units of three's
   * lights.
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

  /** Frees the texture, and with it what three filtered from it. */
  override dispose(): void {
    this.cube.dispose();
  }
}

/** The first environment in a tree that is to be seen. */
export function findEnvironment(root: Object3D): EnvironmentLight | undefined {
  let found: EnvironmentLight | undefined;
  root.traverseVisible((object) => {
    if (object instanceof EnvironmentLight) found ??= object;
  });
  return found;
}
