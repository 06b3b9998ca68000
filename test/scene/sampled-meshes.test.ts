import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Matrix4, Mesh, PerspectiveCamera, Vector3 } from "three";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import { freeArraysAfterUpload } from "../../src/actors/divide-mesh.ts";
import { projectVertices, sampleTriangles } from "../../src/native/sampled-triangles.ts";
import { type LoadedScene, loadScene } from "../../src/scene/load-scene.ts";
import { ShowManager } from "../../src/scene/show-manager.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const SIZE = [64, 48] as const;

/** Runs all steps. */
function run<T>(steps: Generator<void, T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

function sampledTriangles(
  { positions, indices }: { positions: Float32Array; indices: Uint32Array },
  matrix: readonly number[],
): Uint32Array {
  const projected = run(projectVertices(positions, matrix, SIZE));
  const out = new Uint32Array(indices.length);
  return out.subarray(0, run(sampleTriangles(projected, indices, SIZE, out)));
}

/** Positions of the pixel centres that a triangle contains by more than `margin` px, by barycentric coordinates. */
function samplesIn(corners: readonly Vector3[], margin: number): number {
  const [a = new Vector3(), b = new Vector3(), c = new Vector3()] = corners;
  const edge = (p: Vector3, q: Vector3, x: number, y: number): number =>
    ((q.x - p.x) * (y - p.y) - (q.y - p.y) * (x - p.x)) / Math.hypot(q.x - p.x, q.y - p.y);
  let count = 0;
  for (let y = 0.5; y < SIZE[1]; y += 1) {
    for (let x = 0.5; x < SIZE[0]; x += 1) {
      const sides = [edge(a, b, x, y), edge(b, c, x, y), edge(c, a, x, y)];
      if (sides.every((side) => side > margin) || sides.every((side) => side < -margin)) count += 1;
    }
  }
  return count;
}

describe("sampled triangles", () => {
  const coordinate = fc.float({ min: -3, max: 3, noNaN: true });
  const triangle = fc.tuple(
    fc.array(coordinate, { minLength: 3, maxLength: 3 }),
    fc.array(fc.float({ min: Math.fround(-0.1), max: Math.fround(0.1), noNaN: true }), {
      minLength: 6,
      maxLength: 6,
    }),
  );

  test("the list of sampled triangles has all that contain a sample, in the order of the mesh", () => {
    const camera = new PerspectiveCamera(40, SIZE[0] / SIZE[1], 0.5, 20);
    camera.position.set(0.3, 0.4, 5);
    camera.updateMatrixWorld();
    const matrix = new Matrix4().multiplyMatrices(camera.projectionMatrix, camera.matrixWorldInverse);
    let left = 0;
    fc.assert(
      fc.property(fc.array(triangle, { minLength: 1, maxLength: 30 }), (triangles) => {
        const positions = Float32Array.from(
          triangles.flatMap(([at, offsets]) => [
            ...at,
            ...offsets.map((offset, i) => (at[i % 3] ?? 0) + offset),
          ]),
        );
        const indices = Uint32Array.from({ length: positions.length / 3 }, (_, i) => i);
        const sampled = sampledTriangles({ positions, indices }, matrix.elements);
        const listed = new Set(sampled);
        expect([...sampled]).toEqual([...indices].filter((corner) => listed.has(corner)));
        for (let first = 0; first < indices.length; first += 3) {
          const corners = [0, 1, 2].map((corner) =>
            new Vector3(...positions.subarray(3 * (first + corner), 3 * (first + corner) + 3))
              .applyMatrix4(matrix)
              .addScalar(1)
              .multiply(new Vector3(SIZE[0] / 2, SIZE[1] / 2, 1)),
          );
          if (samplesIn(corners, 0) > 0) expect(listed.has(first)).toBe(true);
          if (!listed.has(first)) left += 1;
        }
      }),
      { numRuns: 300 },
    );
    expect(left).toBeGreaterThan(300);
  });

  test("the list of sampled triangles has all that cross the near plane or whose positions are not exact", () => {
    const indices = Uint32Array.of(0, 1, 2);
    const list = (...values: number[]): number =>
      sampledTriangles({ positions: Float32Array.from(values), indices }, new Matrix4().elements).length;
    expect(list(0.001, 0.001, 0, 0.002, 0.001, 0, 0.001, 0.002, 0)).toBe(0);
    expect(list(0.001, 0.001, -2, 0.002, 0.001, 0, 0.001, 0.002, 0)).toBe(3);
    expect(list(Number.NaN, 0.001, 0, 0.002, 0.001, 0, 0.001, 0.002, 0)).toBe(3);
    expect(list(1e30, 0.001, 0, 0.002, 0.001, 0, 0.001, 0.002, 0)).toBe(3);
    const outOfRange = { positions: new Float32Array(6), indices };
    expect(() => sampledTriangles(outOfRange, new Matrix4().elements)).toThrow("out of range");
  });
});

describe("large meshes", () => {
  const directory = new TemporaryDirectory();
  let scene: LoadedScene;
  beforeAll(async () => {
    writeLargeModel(`${directory.path}/large.ply`, "ply", 600_000);
    scene = await loadScene(`${directory.path}/large.ply`, { drafts: false });
  });
  afterAll(() => directory[Symbol.dispose]());

  const view = (name: string, place: (show: ShowManager) => void) =>
    test(`a picture ${name} is the same with all triangles and with those that contain samples`, () => {
      using show = new ShowManager({ size: [160, 90], glBackend: "mesa" });
      show.add(scene.object);
      show.frameScene(scene.up);
      place(show);
      const pixels = (steps: Generator<number>): Uint8Array => {
        for (const _ of steps);
        return show.snapshot().data.slice();
      };
      const geometries = () => {
        const found: unknown[] = [];
        scene.object.traverse((object) => object instanceof Mesh && found.push(object.geometry));
        return found;
      };
      const before = geometries();
      const once = pixels(show.renderOnce(20));
      expect(geometries()).toEqual(before);
      const all = pixels(show.renderSteps(20));
      expect(once.some((value, i) => value !== once[i % 4])).toBe(true);
      expect(Buffer.compare(once, all)).toBe(0);
      show.scene.remove(scene.object);
    });

  view("from afar", () => {});
  view("with a part in front of the near plane", (show) => {
    show.camera.position.multiplyScalar(0.3);
    show.camera.updateMatrixWorld();
  });

  test("a mesh can be drawn again after its arrays are freed", () => {
    using show = new ShowManager({ size: [160, 90], glBackend: "mesa" });
    freeArraysAfterUpload(scene.object);
    show.add(scene.object);
    show.frameScene(scene.up);
    for (const _ of show.renderOnce(20));
    const first = show.snapshot().data.slice();
    for (const _ of show.renderOnce(20));
    expect(Buffer.compare(first, show.snapshot().data)).toBe(0);
  });
});
