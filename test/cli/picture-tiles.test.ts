import { describe, expect, test } from "bun:test";
import {
  AmbientLight,
  BufferAttribute,
  BufferGeometry,
  DataTexture,
  Line,
  LineBasicMaterial,
  Mesh,
  MeshBasicMaterial,
  MeshPhysicalMaterial,
  MeshStandardMaterial,
  OrthographicCamera,
  PlaneGeometry,
  Points,
  PointsMaterial,
  SphereGeometry,
  TorusKnotGeometry,
} from "three";
import { fitPointSize } from "../../src/actors/point-size.ts";
import { renderTiles } from "../../src/cli/picture-tiles.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";

type Size = readonly [width: number, height: number];

/** Returns the pixels of a scene rendered in one frame and in tiles of this size, each by a show of its own, which compiles its shaders. */
function bothWays(
  size: Size,
  tile: Size,
  addTo: (show: ShowManager) => void,
  createCamera: () => OrthographicCamera | undefined,
): [whole: Uint8Array, tiled: Uint8Array] {
  const open = (): ShowManager => {
    const camera = createCamera();
    const show = new ShowManager({ size, ...(camera && { camera }) });
    addTo(show);
    return show;
  };
  using once = open();
  once.render({ samples: 4 });
  using inTiles = open();
  const [width, height] = size;
  const tiled = new Uint8Array(width * height * 4);
  let top = 0;
  for (const strip of renderTiles(inTiles, tile, () => {})) {
    for (let row = 0; row < strip.height; row += 1) {
      const start = (strip.height - 1 - row) * width * 4;
      tiled.set(strip.data.subarray(start, start + width * 4), (top + row) * width * 4);
    }
    top += strip.height;
  }
  expect(top).toBe(height);
  return [once.snapshot().data, tiled];
}

/** Returns the number of pixels with a channel that differs by more than `tolerance`. */
function differing(a: Uint8Array, b: Uint8Array, tolerance: number): number {
  let count = 0;
  for (let i = 0; i < a.length; i += 4) {
    const differs = [0, 1, 2, 3].some((c) => Math.abs((a[i + c] ?? 0) - (b[i + c] ?? 0)) > tolerance);
    if (differs) count += 1;
  }
  return count;
}

function checkered(): DataTexture {
  const data = new Uint8Array(64 * 64 * 4);
  for (let i = 0; i < 64 * 64; i += 1) {
    const light = (((i % 64) >> 2) + ((i >> 6) >> 2)) % 2 === 0;
    data.set(light ? [250, 220, 60, 255] : [30, 60, 160, 255], i * 4);
  }
  const texture = new DataTexture(data, 64, 64);
  texture.generateMipmaps = true;
  texture.needsUpdate = true;
  return texture;
}

/** Adds textures, transparency, lines and both kinds of points all over the picture. */
function addEverything(show: ShowManager): void {
  const knot = new Mesh(
    new TorusKnotGeometry(1, 0.3, 96, 12),
    new MeshStandardMaterial({ map: checkered() }),
  );
  const pane = new Mesh(
    new PlaneGeometry(2.5, 2.5),
    new MeshBasicMaterial({ color: "red", transparent: true, opacity: 0.4 }),
  );
  pane.position.z = 1.2;
  const spread = (n: number) =>
    new BufferAttribute(
      Float32Array.from(
        { length: n * 3 },
        (_, i) => 4 * ((((i + 1) * 0.61803398875 * (1 + (i % 3))) % 1) - 0.5),
      ),
      3,
    );
  const line = new Line(
    new BufferGeometry().setAttribute("position", spread(40)),
    new LineBasicMaterial({ color: "lime" }),
  );
  const near = new Points(
    new BufferGeometry().setAttribute("position", spread(200)),
    new PointsMaterial({ size: 0.1, color: "cyan" }),
  );
  const fixed = new Points(
    new BufferGeometry().setAttribute("position", spread(60)),
    new PointsMaterial({ sizeAttenuation: false, color: "magenta" }),
  );
  fitPointSize(fixed);
  show.add(knot, pane, line, near, fixed, new AmbientLight("white", 2));
}

describe.each([
  ["perspective", () => undefined],
  ["orthographic", () => new OrthographicCamera(-1, 1, 1, -1)],
])("tiled rendering, %s", (_, createCamera) => {
  test("a tiled picture with textures, transparency, lines and points equals one rendered in one frame", () => {
    const [whole, tiled] = bothWays([640, 400], [250, 128], addEverything, createCamera);
    expect(differing(whole, new Uint8Array(whole.length).fill(whole[0] ?? 0), 40)).toBeGreaterThan(20_000);
    // Rounding in the projection moves an edge by a fraction of a sample.
    expect(differing(whole, tiled, 8)).toBeLessThan(whole.length / 4 / 200);
    expect(differing(whole, tiled, 80)).toBeLessThan(30);
  });

  test("rough glass refracts and blurs in a tiled picture as in one rendered in one frame", () => {
    const [whole, tiled] = bothWays([160, 100], [96, 64], addGlass, createCamera);
    expect(differing(whole, tiled, 8)).toBeLessThan(whole.length / 4 / 400);
  });
});

function addGlass(show: ShowManager): void {
  const glass = new Mesh(
    new SphereGeometry(1, 48, 24),
    new MeshPhysicalMaterial({ transmission: 1, roughness: 0.35, thickness: 0.3 }),
  );
  const wall = new Mesh(new PlaneGeometry(8, 8), new MeshBasicMaterial({ map: checkered() }));
  wall.position.z = -1.5;
  show.add(glass, wall, new AmbientLight("white", 2));
}
