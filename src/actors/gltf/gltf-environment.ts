import { CubeTexture, DataTexture, DataUtils, HalfFloatType, LinearFilter } from "three";
import type { GLTF, GLTFLoaderPlugin, GLTFParser } from "three/examples/jsm/loaders/GLTFLoader.js";
import { z } from "zod";
import type { GltfScene } from "../../formats/data-kinds.ts";
import { element, GltfError } from "../../formats/gltf/gltf-error.ts";
import { decodeImage } from "../../formats/images/decode-image.ts";
import { DataError } from "../../formats/load-error.ts";
import { linearFromSrgb } from "../../formats/srgb.ts";
import { EnvironmentLight } from "../environment-light.ts";
import { readGltfImage } from "./gltf-resources.ts";

const IMAGE_BASED_LIGHTS = "EXT_lights_image_based";

/** Size limit of a cube face, px. 256 is the minimum that three.js's PMREMGenerator filters; larger faces are reduced with a box filter. */
const MAX_SIDE = 256;
const MAX_HALF_FLOAT = 65504;

const lightSchema = z.looseObject({
  intensity: z.number().nonnegative().optional(),
  rotation: z.array(z.number()).length(4).optional(),
  specularImages: z.array(z.array(z.int().nonnegative()).length(6)).min(1),
});

/** A square cube-map face: linear radiance, RGB, rows top-down. */
interface CubeFace {
  readonly side: number;
  readonly radiance: Float32Array;
}

/** GLTFLoader plugin that adds the environment (EXT_lights_image_based) of the displayed scene to it. */
export class GltfEnvironment implements GLTFLoaderPlugin {
  readonly name = IMAGE_BASED_LIGHTS;
  readonly #parser: GLTFParser;
  readonly #data: GltfScene;

  constructor(parser: GLTFParser, data: GltfScene) {
    this.#parser = parser;
    this.#data = data;
  }

  async afterRoot({ scene, scenes }: GLTF): Promise<void> {
    const { extensions } = this.#data.document.scenes?.[this.#data.document.scene ?? 0] ?? {};
    if (extensions?.[IMAGE_BASED_LIGHTS] === undefined) return;
    try {
      const { light } = extensions[IMAGE_BASED_LIGHTS] as { light?: unknown };
      (scene ?? scenes[0])?.add(await this.#read(Number(light)));
    } catch (error) {
      const reason = error instanceof DataError ? error.message : "it is damaged";
      this.#data.warnings.push(
        `its environment (${IMAGE_BASED_LIGHTS}) cannot be used and is replaced by the default lights: ${reason}`,
      );
    }
  }

  async #read(index: number): Promise<EnvironmentLight> {
    const { lights } = (this.#data.document.extensions?.[IMAGE_BASED_LIGHTS] ?? {}) as { lights?: unknown };
    const definition = element(Array.isArray(lights) ? lights : [], index, "the scene", "environment");
    const { intensity = 1, rotation = [0, 0, 0, 1], specularImages } = lightSchema.parse(definition);
    const faces: CubeFace[] = [];
    for (const image of specularImages[0] ?? []) faces.push(await this.#readFace(image));
    if (faces.some(({ side }) => side !== faces[0]?.side)) {
      throw new GltfError("the faces of its cube are of different sizes");
    }
    const irradiance = maxIrradiance(faces);
    if (!(irradiance * intensity > 0)) throw new GltfError("it is black");
    const light = new EnvironmentLight(createCubeTexture(faces), irradiance, intensity);
    light.quaternion.fromArray(rotation).normalize();
    return light;
  }

  async #readFace(image: number): Promise<CubeFace> {
    const bytes = await readGltfImage(this.#parser, this.#data, image, "its cube");
    const { data, width, height } = await decodeImage(bytes).catch((error: unknown) => {
      throw new GltfError(`image ${image}: ${error instanceof Error ? error.message : "it is damaged"}`);
    });
    if (width !== height) throw new GltfError(`image ${image} is not square but ${width}x${height}`);
    // The extension requires a power of two. For other sizes above the limit, the last rows and columns are dropped.
    const step = Math.ceil(width / MAX_SIDE);
    const side = Math.floor(width / step);
    const radiance = new Float32Array(3 * side * side);
    const isRgbd = isRgbaPng(bytes);
    for (let y = 0; y < side * step; y += 1) {
      for (let x = 0; x < side * step; x += 1) {
        const from = 4 * (y * width + x);
        const to = 3 * (Math.floor(y / step) * side + Math.floor(x / step));
        const divisor = step * step * (isRgbd ? Math.max(1, data[from + 3] ?? 0) / 255 : 1);
        for (let c = 0; c < 3; c += 1) {
          radiance[to + c] = (radiance[to + c] ?? 0) + (SRGB_TO_LINEAR[data[from + c] ?? 0] ?? 0) / divisor;
        }
      }
    }
    return { side, radiance };
  }
}

/** Lookup table of the sRGB transfer function's inverse. */
const SRGB_TO_LINEAR = Float32Array.from({ length: 256 }, (_, value) => linearFromSrgb(value / 255));

/**
 * Whether an image is a PNG with alpha, which makes its pixels RGBD: radiance is RGB divided by alpha. The extension does
 * not specify that RGB is sRGB, but Babylon.js, whose authors wrote the extension, treats it as such.
 */
function isRgbaPng(bytes: Uint8Array): boolean {
  const COLOR_TYPE_AT = 25;
  return bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[COLOR_TYPE_AT] === 6;
}

/**
 * Creates a cube texture from the faces +X, -X, +Y, -Y, +Z, -Z. The extension stores them as seen from inside the cube,
 * mirrored relative to OpenGL's layout. three.js negates x when it samples environment maps, which mirrors every face back;
 * only +X and -X must be swapped.
 */
function createCubeTexture(faces: readonly CubeFace[]): CubeTexture {
  const [right, left, ...others] = faces.map(({ side, radiance }) => {
    const pixels = new Uint16Array(4 * side * side);
    for (let i = 0; i < side * side; i += 1) {
      for (let c = 0; c < 3; c += 1) {
        pixels[4 * i + c] = DataUtils.toHalfFloat(Math.min(MAX_HALF_FLOAT, radiance[3 * i + c] ?? 0));
      }
      pixels[4 * i + 3] = DataUtils.toHalfFloat(1);
    }
    return new DataTexture(pixels, side, side);
  });
  const cube = new CubeTexture([left, right, ...others]);
  cube.type = HalfFloatType;
  cube.minFilter = LinearFilter;
  cube.magFilter = LinearFilter;
  cube.generateMipmaps = false;
  cube.needsUpdate = true;
  return cube;
}

const X = 0;
const Y = 1;
const Z = 2;
/** For each face, axis and sign of the normal, and of the right and down directions in its image. */
const FACE_AXES = [
  [X, 1, Z, 1, Y, -1],
  [X, -1, Z, -1, Y, -1],
  [Y, 1, X, -1, Z, 1],
  [Y, -1, X, -1, Z, -1],
  [Z, 1, X, -1, Y, -1],
  [Z, -1, X, 1, Y, -1],
] as const;

/** Irradiance of a surface that faces the brightest of the six axis directions, from each texel's brightest channel. */
function maxIrradiance(faces: readonly CubeFace[]): number {
  /** Irradiance of a surface facing +X, +Y, +Z, -X, -Y, -Z. */
  const sums = new Float64Array(6);
  for (const [i, [axis, sign, rightAxis, rightSign, downAxis, downSign]] of FACE_AXES.entries()) {
    const { side, radiance } = faces[i] ?? { side: 0, radiance: [] };
    const direction = [0, 0, 0];
    for (let offset = 0; offset < side * side; offset += 1) {
      const right = ((offset % side) + 0.5) * (2 / side) - 1;
      const down = (Math.floor(offset / side) + 0.5) * (2 / side) - 1;
      direction[axis] = sign;
      direction[rightAxis] = rightSign * right;
      direction[downAxis] = downSign * down;
      const brightest = Math.max(
        radiance[3 * offset] ?? 0,
        radiance[3 * offset + 1] ?? 0,
        radiance[3 * offset + 2] ?? 0,
      );
      // Solid angle of the texel, (2 / side)^2 / |direction|^3, divided by |direction| to normalize the cosine below.
      const weight = (brightest * (2 / side) ** 2) / (1 + right ** 2 + down ** 2) ** 2;
      for (const [k, component] of direction.entries()) {
        const axisIndex = component > 0 ? k : k + 3;
        sums[axisIndex] = (sums[axisIndex] ?? 0) + Math.abs(component) * weight;
      }
    }
  }
  return Math.max(...sums);
}
