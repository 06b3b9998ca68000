// Renders the studio environment, filters it for all roughnesses, and writes it to src/scene/lights: bun scripts/build-studio.ts
// At run time, three.js's filter takes 0.8 s of CPU time on a software driver.
import { join } from "node:path";
import {
  BackSide,
  BoxGeometry,
  Color,
  Mesh,
  MeshBasicMaterial,
  PMREMGenerator,
  Scene,
  SphereGeometry,
  type WebGLCubeRenderTarget,
} from "three";
import { STUDIO_SIDE } from "../src/scene/lights/studio.ts";
import { ShowManager } from "../src/scene/show-manager.ts";

const OUTPUT = join(import.meta.dir, "../src/scene/lights/studio.bin.zst");

/** Blur, radians: two texels, so that the edges of the lamps are smooth. */
const BLUR = 0.03;

/** Low bits of the half floats that are rounded to 0, which reduces the compressed size from 140 to 84 kB. The error is 0.2 %. */
const ROUNDED_BITS = 2;

/** Order of the faces in the mirror image. three.js negates x when it samples a cube texture that is not a render target. */
const FACES = [1, 0, 2, 3, 4, 5] as const;

/** A studio with a bright sky, a dark floor and two lamps. */
function studio(): Scene {
  const scene = new Scene();
  scene.background = new Color(0.32, 0.34, 0.38);
  const add = (mesh: Mesh, x: number, y: number, z: number): void => {
    mesh.position.set(x, y, z);
    scene.add(mesh);
  };
  const lamp = (brightness: number): MeshBasicMaterial =>
    new MeshBasicMaterial({ color: new Color(brightness, brightness, brightness) });
  const sky = lamp(1.1);
  sky.side = BackSide;
  add(new Mesh(new SphereGeometry(40, 16, 8, 0, Math.PI * 2, 0, 1.1), sky), 0, 0, 0);
  add(new Mesh(new BoxGeometry(60, 1, 60), lamp(0.08)), 0, -12, 0);
  add(new Mesh(new BoxGeometry(10, 14, 1), lamp(9)), -14, 12, 14);
  add(new Mesh(new BoxGeometry(8, 10, 1), lamp(4)), 18, 4, -10);
  return scene;
}

/** Filters at the size of the studio; three.js's minimum is 256. */
class StudioFilter extends PMREMGenerator {
  protected _cubeSize = 0;

  protected _setSize(): void {
    this._cubeSize = STUDIO_SIDE;
  }
}

/** Reads all faces of all mip levels, mirrored: RGBA, half floats. */
function readTexels({ renderer, gl }: ShowManager, target: WebGLCubeRenderTarget): Uint16Array[] {
  return target.texture.mipmaps.flatMap((_, level) =>
    FACES.map((face) => {
      const side = target.width >> level;
      const texels = new Uint16Array(4 * side * side);
      renderer.setRenderTarget(target, face, level);
      gl.readPixels(0, 0, side, side, gl.RGBA, gl.HALF_FLOAT, texels);
      return mirrorRows(texels, side);
    }),
  );
}

function mirrorRows(texels: Uint16Array, side: number): Uint16Array {
  return texels.map((_, i) => {
    const pixel = Math.floor(i / 4);
    const [x, y] = [pixel % side, Math.floor(pixel / side)];
    return texels[4 * (y * side + side - 1 - x) + (i % 4)] ?? 0;
  });
}

/** Renders the studio. @returns the mip levels, from the largest, each with six faces of RGBA half floats */
export function renderStudio(): Uint16Array {
  using show = new ShowManager({ size: [64, 64], glBackend: "mesa" });
  const target = new StudioFilter(show.renderer).fromScene(studio(), BLUR, 0.1, 100);
  const faces = readTexels(show, target as WebGLCubeRenderTarget);
  const bytes = Buffer.concat(faces.map(({ buffer }) => Buffer.from(buffer)));
  const half = 1 << (ROUNDED_BITS - 1);
  return Uint16Array.from(
    new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2),
    (texel) => ((texel + half) >> ROUNDED_BITS) << ROUNDED_BITS,
  );
}

if (import.meta.main) {
  const { buffer } = renderStudio();
  await Bun.write(OUTPUT, Bun.zstdCompressSync(buffer as ArrayBuffer, { level: 19 }));
}
