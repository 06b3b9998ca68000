import { describe, expect, test } from "bun:test";
import { PNG } from "pngjs";
import { findEnvironment } from "../../src/actors/environment-light.ts";
import { linearFromSrgb } from "../../src/formats/srgb.ts";
import { type LoadedScene, loadScene } from "../../src/scene/load-scene.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import { glb, texturedQuad } from "../formats/samples.ts";
import { pixel } from "../scene/images.ts";
import { sceneFiles } from "../scene/scene-files.ts";

const files = sceneFiles();

type Rgb = readonly [number, number, number];
type Vector = [number, number, number];

const RED: Rgb = [255, 0, 0];
const GREEN: Rgb = [0, 255, 0];
const BLUE: Rgb = [0, 0, 255];
const YELLOW: Rgb = [255, 255, 0];
const MAGENTA: Rgb = [255, 0, 255];
const CYAN: Rgb = [0, 255, 255];
const WHITE: Rgb = [255, 255, 255];
/** Colors of the faces +X, -X, +Y, -Y, +Z, -Z. */
const COLORS = [RED, CYAN, GREEN, MAGENTA, BLUE, YELLOW] as const;
const DIRECTIONS: readonly Vector[] = [
  [1, 0, 0],
  [-1, 0, 0],
  [0, 1, 0],
  [0, -1, 0],
  [0, 0, 1],
  [0, 0, -1],
];

const SIDE = 32;

/** Encodes a square PNG; with an alpha value it has four channels, which makes it RGBD. */
function facePng(colorAt: (x: number, y: number) => Rgb, alpha?: number): Buffer {
  const png = new PNG({ width: SIDE, height: SIDE });
  for (let i = 0; i < SIDE ** 2; i += 1) {
    png.data.set([...colorAt((i % SIDE) / SIDE, Math.floor(i / SIDE) / SIDE), alpha ?? 255], 4 * i);
  }
  return PNG.sync.write(png, { colorType: alpha === undefined ? 2 : 6 });
}

const plainFace = (color: Rgb, alpha?: number): Buffer => facePng(() => color, alpha);

interface Options {
  readonly light?: Record<string, unknown>;
  readonly mirror?: boolean;
  readonly change?: (json: Record<string, unknown>) => void;
}

/** A GLB of a white cube, six quads, with an environment of these faces. */
function cubeGlb(faces: readonly Uint8Array[], { light, mirror = false, change }: Options = {}): Uint8Array {
  const parts = texturedQuad();
  const half = Math.SQRT1_2;
  const material = { metallicFactor: mirror ? 1 : 0, roughnessFactor: mirror ? 0 : 1 };
  const name = "EXT_lights_image_based";
  Object.assign(parts.json, {
    animations: [],
    extensionsUsed: [name],
    extensions: { [name]: { lights: [{ specularImages: [[0, 1, 2, 3, 4, 5]], ...light }] } },
    scenes: [{ nodes: [0, 1, 2, 3, 4, 5], extensions: { [name]: { light: 0 } } }],
    nodes: [
      [0, half, 0, half],
      [0, -half, 0, half],
      [-half, 0, 0, half],
      [half, 0, 0, half],
      [0, 0, 0, 1],
      [0, 1, 0, 0],
    ].map((rotation, i) => ({ mesh: 0, rotation, translation: DIRECTIONS[i] })),
    materials: [{ pbrMetallicRoughness: material }],
    textures: [],
    images: faces.map((bytes) => ({
      uri: `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`,
    })),
  });
  change?.(parts.json);
  return glb(parts);
}

let count = 0;
function write(bytes: Uint8Array): string {
  count += 1;
  return files.write(`${count}.glb`, bytes);
}

/** Renders a scene from these directions. */
function imagesOf(loaded: LoadedScene, directions: readonly Vector[]): Snapshot[] {
  using show = new ShowManager({ size: [64, 64] });
  show.add(loaded.object);
  return directions.map((direction) => {
    show.cameraState = {
      position: direction.map((value) => 4 * value) as Vector,
      focalPoint: [0, 0, 0],
      viewUp: direction[1] === 0 ? [0, 1, 0] : [0, 0, 1],
      viewAngle: 30,
    };
    show.render();
    return show.snapshot();
  });
}

const centers = (loaded: LoadedScene, directions = DIRECTIONS): number[][] =>
  imagesOf(loaded, directions).map((image) => pixel(image, 0.5, 0.5).slice(0, 3));

/** Index of the face color nearest to a pixel, compared in linear light with the brightest channel scaled to 1. */
function nearest(pixel: readonly number[]): number {
  const color = pixel.slice(0, 3).map((value) => linearFromSrgb(value / 255));
  const brightest = Math.max(...color);
  const distances = COLORS.map((one) =>
    one.reduce((sum, value, c) => sum + Math.abs(value - (255 * (color[c] ?? 0)) / brightest), 0),
  );
  return distances.indexOf(Math.min(...distances));
}

describe("the environment of a glTF file (EXT_lights_image_based)", () => {
  const colored = COLORS.map((color) => plainFace(color));

  test("an environment lights each side of a rough white cube with the color of that face, neither black nor overexposed", async () => {
    const loaded = await loadScene(write(cubeGlb(colored)));
    expect(loaded.warnings).toEqual([]);
    const colors = centers(loaded);
    expect(colors.map(nearest)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const color of colors) {
      expect(Math.max(...color)).toBeGreaterThan(150);
      expect(Math.min(...color)).toBeLessThan(200);
    }
    loaded.dispose();
  });

  test("an environment is rotated by the quaternion of the light", async () => {
    const rotation = [0, Math.SQRT1_2, 0, Math.SQRT1_2];
    const loaded = await loadScene(write(cubeGlb(colored, { light: { rotation } })));
    // A quarter turn about y rotates +Z to +X, and +X to -Z.
    expect(centers(loaded).map(nearest)).toEqual([4, 5, 2, 3, 1, 0]);
    loaded.dispose();
  });

  test("the faces of an environment are oriented as seen from the centre, checked in a mirror", async () => {
    const faces = DIRECTIONS.map(() =>
      facePng((x, y) => (y < 0.5 ? (x < 0.5 ? RED : GREEN) : x < 0.5 ? BLUE : YELLOW)),
    );
    const loaded = await loadScene(write(cubeGlb(faces, { mirror: true })));
    const colors = imagesOf(loaded, DIRECTIONS).map((image) =>
      [pixel(image, 0.1, 0.1), pixel(image, 0.9, 0.1), pixel(image, 0.1, 0.9)].map(
        (corner) => COLORS[nearest(corner)],
      ),
    );
    // A mirror swaps left and right as seen from the centre. The camera at +Y has +Z up, which is down in that face's
    // image, and -X on the right.
    const mirrored = [GREEN, RED, YELLOW];
    expect(colors).toEqual([mirrored, mirrored, [BLUE, YELLOW, RED], mirrored, mirrored, mirrored]);
    loaded.dispose();
  });

  test("an environment has radiance above 1 if its PNG is RGBD", async () => {
    const contrast = async (bright: Buffer): Promise<number> => {
      const faces = DIRECTIONS.map((_, i) => (i === 0 ? bright : plainFace([128, 128, 128])));
      const loaded = await loadScene(write(cubeGlb(faces)));
      const [litCube, dark] = centers(loaded, DIRECTIONS.slice(0, 2));
      loaded.dispose();
      return (litCube?.[0] ?? 0) - (dark?.[0] ?? 0);
    };
    const ldr = await contrast(plainFace(WHITE));
    expect(await contrast(plainFace(WHITE, 255))).toBe(ldr);
    expect(await contrast(plainFace(WHITE, 16))).toBeGreaterThan(ldr + 20);
  });

  test("an environment is scaled together with the lights of the file, and keeps its proportion to them", async () => {
    const litCube = (intensity: number) =>
      cubeGlb(
        DIRECTIONS.map(() => plainFace(WHITE)),
        {
          light: { intensity },
          change: (json) => {
            const extensions = json.extensions as Record<string, unknown>;
            extensions.KHR_lights_punctual = { lights: [{ type: "directional", intensity: 10 * Math.PI }] };
            const [first] = json.nodes as Record<string, unknown>[];
            Object.assign(first ?? {}, { extensions: { KHR_lights_punctual: { light: 0 } } });
            json.extensionsUsed = ["EXT_lights_image_based", "KHR_lights_punctual"];
          },
        },
      );
    const equal = await loadScene(write(litCube(10)));
    expect(findEnvironment(equal.object)?.intensity).toBeCloseTo(0.5, 1);
    equal.dispose();
  });

  test("the environment of the first file is used for all files", async () => {
    const red = write(cubeGlb(DIRECTIONS.map(() => plainFace(RED))));
    const blue = write(cubeGlb(DIRECTIONS.map(() => plainFace(BLUE))));
    const loaded = await loadScene([red, blue]);
    expect(loaded.warnings).toEqual([
      `${blue}: its environment is not used: the environment of an earlier file lights the whole scene`,
    ]);
    expect(centers(loaded, [[1, 0, 0]]).map(nearest)).toEqual([COLORS.indexOf(RED)]);
    loaded.dispose();
  });

  test("an environment is removed from the scene with its object, and the default lights return", async () => {
    const loaded = await loadScene(write(cubeGlb(colored)));
    const other = await loadScene(write(cubeGlb(colored, { light: { intensity: 0 } })));
    using show = new ShowManager({ size: [64, 64] });
    show.add(loaded.object);
    show.render();
    expect(show.scene.environment).not.toBeNull();
    const textures = show.renderer.info.memory.textures;
    show.scene.remove(loaded.object);
    loaded.dispose();
    show.render();
    expect(show.scene.environment).toBeNull();
    expect(show.renderer.info.memory.textures).toBeLessThan(textures);
    show.add(other.object);
    show.resetView();
    show.render();
    const [red = 0, green = 0, blue = 0] = pixel(show.snapshot(), 0.5, 0.5);
    expect(Math.min(red, green, blue)).toBeGreaterThan(100);
    other.dispose();
  });

  const WARNING_START =
    "its environment (EXT_lights_image_based) cannot be used and is replaced by the default lights: ";
  test.each<[string, () => Uint8Array, string]>([
    [
      "a face that is not an image",
      () => cubeGlb([...colored.slice(0, 5), Buffer.from("no")]),
      "image 5: it is not a PNG",
    ],
    [
      "a face that is cut off",
      () => cubeGlb([plainFace(RED).subarray(0, 50), ...colored.slice(1)]),
      "image 0: the PNG is damaged or cut off",
    ],
    ["five faces", () => cubeGlb(colored.slice(0, 5)), "its cube uses image 5, which does not exist"],
    [
      "a list of four faces",
      () => cubeGlb(colored, { light: { specularImages: [[0, 1, 2, 3]] } }),
      "it is damaged",
    ],
    [
      "a face of another size",
      () => cubeGlb([PNG.sync.write(new PNG({ width: 8, height: 8 })), ...colored.slice(1)]),
      "the faces of its cube are of different sizes",
    ],
    [
      "a face that is not square",
      () => cubeGlb([PNG.sync.write(new PNG({ width: 8, height: 4 })), ...colored.slice(1)]),
      "image 0 is not square but 8x4",
    ],
    ["black faces", () => cubeGlb(DIRECTIONS.map(() => plainFace([0, 0, 0]))), "it is black"],
    [
      "a light index without a light",
      () =>
        cubeGlb(colored, {
          change: (json) => {
            json.extensions = {};
          },
        }),
      "the scene uses environment 0, which does not exist",
    ],
  ])("with %s has a warning and is not added to the scene", async (_, file, reason) => {
    const loaded = await loadScene(write(file()));
    expect(loaded.warnings).toHaveLength(1);
    expect(loaded.warnings[0]).toStartWith(WARNING_START + reason);
    expect(findEnvironment(loaded.object)).toBeUndefined();
    loaded.dispose();
  });
});
