import { describe, expect, test } from "bun:test";
import { ShowManager } from "../../../src/scene/show-manager.ts";
import { sceneFiles } from "../scene-files.ts";
import { at, FRONT, factOf, open, placeOf, SIDE, square } from "./pick-view.ts";

const files = sceneFiles();

/** A square grid of triangles on the plane z = 0 from -1 to 1, as STL or PLY has them. */
function gridPly(cells: number): Uint8Array {
  const side = cells + 1;
  const header = `ply
format binary_little_endian 1.0
element vertex ${side * side}
property float x
property float y
property float z
element face ${2 * cells * cells}
property list uchar int vertex_indices
end_header
`;
  const body = new DataView(new ArrayBuffer(12 * side * side + 26 * cells * cells));
  let offset = 0;
  for (let i = 0; i < side * side; i += 1) {
    body.setFloat32(offset, (2 * (i % side)) / cells - 1, true);
    body.setFloat32(offset + 4, (2 * Math.floor(i / side)) / cells - 1, true);
    offset += 12;
  }
  for (let row = 0; row < cells; row += 1) {
    for (let column = 0; column < cells; column += 1) {
      const a = row * side + column;
      for (const corners of [
        [a, a + 1, a + side + 1],
        [a, a + side + 1, a + side],
      ]) {
        body.setUint8(offset, 3);
        for (const [i, corner] of corners.entries()) body.setInt32(offset + 1 + 4 * i, corner, true);
        offset += 13;
      }
    }
  }
  return Buffer.concat([Buffer.from(header), new Uint8Array(body.buffer)]);
}
describe("a mesh", () => {
  test("answers with the point, the cell, the nearest vertex and the values of its arrays", async () => {
    using show = await open([{ id: "square", file: files.write("square.ply", square()) }]);
    const place = placeOf(at(show, 0.9, -0.8));
    expect(place).toMatchObject({ layer: "square", label: "square.ply", kind: "mesh" });
    expect(place.facts).toEqual([
      { name: "cell", value: 0 },
      { name: "vertex", value: 1 },
      { name: "zone", value: 7 },
      { name: "heat", value: 10 },
    ]);
    const [x, y, z] = place.point;
    expect(x).toBeCloseTo(0.9, 1);
    expect(y).toBeCloseTo(-0.8, 1);
    expect(z).toBe(0);
    expect(factOf(placeOf(at(show, -0.9, 0.8)), "zone")).toBe(8);
    expect(show.pick(0, 0)).toMatchObject({ layer: "square" });
  });

  test("with edges answers with its cells, also on an edge", async () => {
    using show = await open([{ id: "square", file: files.write("square.ply", square()), edges: true }]);
    for (const place of [0.5, 0, -0.25]) {
      // The triangles meet on the diagonal.
      const { facts } = placeOf(at(show, place, place));
      expect(facts.map(({ name }) => name)).toEqual(["cell", "vertex", "zone", "heat"]);
    }
  });

  test("beside it is nothing", async () => {
    using show = await open([{ file: files.write("square.ply", square()) }], {
      view: { camera: { ...FRONT, parallelScale: 2 } },
    });
    expect(show.pick(0.05, 0.5)).toEqual({ layer: null, facts: [] });
    expect(show.pick(0.5, 0.5)).toMatchObject({ label: "square.ply" });
  });

  test("in perspective, and far from the origin, the point is right to a part of a pixel", async () => {
    const offset = [4_512_300, 5_403_200] as const;
    const file = files.write("utm.ply", square(0, [...offset], "double"));
    const camera = {
      ...{ position: [offset[0], offset[1], 5], focalPoint: [offset[0], offset[1], 0] },
      ...{ viewUp: [0, 1, 0], viewAngle: 30 },
    };
    using show = await open([{ file }], { view: { camera, orthographic: false } });
    // Half of the view is 5 tan 15°; the center of the pixel of the drawing buffer, which has twice the size.
    const half = 5 * Math.tan(Math.PI / 12);
    const pixel = Math.floor(0.7 * 2 * SIDE) + 0.5;
    const [x, y, z] = placeOf(show.pick(0.7, 0.5)).point;
    expect(x - offset[0]).toBeCloseTo((pixel / SIDE - 1) * half, 5);
    expect(Math.abs(y - offset[1])).toBeLessThan((2 * half) / SIDE);
    expect(z).toBeCloseTo(0, 6);
  });

  test("a hidden layer and what clip planes cut away are not found; what is behind is", async () => {
    const [near, far] = [files.write("near.ply", square(0.5)), files.write("far.ply", square(-0.5))];
    using hidden = await open([{ file: near, visible: false }, { file: far }]);
    expect(at(hidden, 0, 0)).toMatchObject({ layer: "far" });
    using ownClip = await open([{ file: near, clip: "x=0" }, { file: far }]);
    expect(at(ownClip, 0.5, 0)).toMatchObject({ layer: "far" });
    expect(at(ownClip, -0.5, 0)).toMatchObject({ layer: "near" });
    using clipped = await open([{ file: near }, { file: far }], { view: { clipPlanes: "z=0" } });
    expect(at(clipped, 0.5, 0)).toMatchObject({ layer: "far" });
    using translucent = await open([{ file: near, opacity: 0.3 }, { file: far }]);
    expect(at(translucent, 0.5, 0)).toMatchObject({ layer: "near" });
  });

  test("a large one is found in drafts, in complete frames and between the steps of a frame", async () => {
    const cells = 800;
    const file = files.write("grid.ply", gridPly(cells));
    using show = await open([{ id: "grid", file }], {
      render: (show) => show.render({ samples: 0, draft: true }),
    });
    const check = () => {
      for (const [x, y] of [
        [0.3, -0.4],
        [-0.9, 0.7],
      ] as const) {
        const place = placeOf(at(show, x, y));
        expect(place.layer).toBe("grid");
        expect(Math.hypot(place.point[0] - x, place.point[1] - y)).toBeLessThan(0.01);
        const vertex = Number(factOf(place, "vertex"));
        const [column, row] = [vertex % (cells + 1), Math.floor(vertex / (cells + 1))];
        expect(
          Math.hypot((2 * column) / cells - 1 - place.point[0], (2 * row) / cells - 1 - place.point[1]),
        ).toBeLessThan(2 / cells);
        // The file's order of the triangles is not kept.
        expect(factOf(place, "face")).toBeUndefined();
      }
    };
    check();
    let steps = 0;
    for (const _ of show.renderSteps(1)) {
      check();
      steps += 1;
    }
    expect(steps).toBeGreaterThan(1);
    check();
  });

  test("an object of a program is named", async () => {
    using show = new ShowManager({ size: [SIDE, SIDE], glBackend: "mesa" });
    const { BoxGeometry, Mesh, MeshBasicMaterial } = await import("three");
    const box = new Mesh(new BoxGeometry(1, 1, 1), new MeshBasicMaterial());
    box.name = "die";
    show.add(box);
    show.cameraState = FRONT;
    const place = placeOf(show.pick(0.5, 0.5));
    expect(place).toMatchObject({ layer: null, label: "die", facts: [{ name: "object", value: "die" }] });
    expect(place.point[2]).toBeCloseTo(0.5, 6);
  });
});
