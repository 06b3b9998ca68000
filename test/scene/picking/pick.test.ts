import { describe, expect, test } from "bun:test";
import type { PickedPlace, PickFact, PickResult } from "../../../src/protocol/pick.ts";
import { showDocument } from "../../../src/scene/show-document.ts";
import { ShowManager } from "../../../src/scene/show-manager.ts";
import { pdbAtom } from "../../formats/molecules/pdb-file.ts";
import { tckFile } from "../../formats/streamlines/tck-builder.ts";
import { trkFile } from "../../formats/streamlines/trk-builder.ts";
import { niftiFile } from "../../formats/volumes/nifti-file.ts";
import { sceneFiles } from "../scene-files.ts";

const files = sceneFiles();

const SIDE = 200;

/** A parallel view along -z of the square from -1 to 1 in x and y. */
const FRONT = {
  ...{ position: [0, 0, 10], focalPoint: [0, 0, 0], viewUp: [0, 1, 0], viewAngle: 30 },
  parallelScale: 1,
} as const;

interface Options {
  readonly view?: object;
  /** Default: a complete frame is rendered. */
  readonly render?: (show: ShowManager) => void;
}

async function open(layers: readonly object[], { view = {}, render = complete }: Options = {}) {
  const show = new ShowManager({ size: [SIDE, SIDE], glBackend: "mesa" });
  await showDocument(show, {
    version: 1,
    layers,
    view: { camera: FRONT, orthographic: true, ...view },
  } as never);
  render(show);
  return show;
}

function complete(show: ShowManager): void {
  for (const _ of show.renderSteps());
}

/** What is at x, y of the world in the view {@link FRONT}. */
function at(show: ShowManager, x: number, y: number): PickResult {
  return show.pick((x + 1) / 2, (1 - y) / 2);
}

function placeOf(result: PickResult): PickedPlace {
  if (!("point" in result)) throw new Error("nothing is there");
  return result;
}

function factOf(
  { facts }: { readonly facts: readonly PickFact[] },
  name: string,
): PickFact["value"] | undefined {
  return facts.find((fact) => fact.name === name)?.value;
}

/** Two triangles at a height z, with values of vertices and faces. */
function square(z = 0, [x, y] = [0, 0], type = "float"): string {
  const corners = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ].map(([dx = 0, dy = 0], i) => `${x + dx} ${y + dy} ${z} ${10 * i}`);
  return `ply
format ascii 1.0
element vertex 4
property ${type} x
property ${type} y
property ${type} z
property float heat
element face 2
property list uchar int vertex_indices
property uchar zone
end_header
${corners.join("\n")}
3 0 1 2 7
3 0 2 3 8
`;
}

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
    show.cameraState = { ...FRONT } as never;
    const place = placeOf(show.pick(0.5, 0.5));
    expect(place).toMatchObject({ layer: null, label: "die", facts: [{ name: "object", value: "die" }] });
    expect(place.point[2]).toBeCloseTo(0.5, 6);
  });
});

describe("a volume", () => {
  /** Voxels of 0.1 mm, x to the left and z downwards, so that voxel 10, 10, 10 is at the origin. */
  const flipped = [-0.1, 0, 0, 1, 0, 0.1, 0, -1, 0, 0, -0.1, 1];
  const count = 21 ** 3;
  const ramp = (type: 4 | 2, value: (i: number) => number) => {
    const values = Array.from({ length: count }, (_, i) => value(i));
    const voxels = new Uint8Array((type === 4 ? Int16Array.from(values) : Uint8Array.from(values)).buffer);
    return niftiFile({
      dim: [3, 21, 21, 21],
      datatype: type,
      srow: flipped,
      slope: 2,
      intercept: 1,
      voxels,
    });
  };

  test("slices answer with the voxel and its value in RAS mm, whatever the order of the voxels", async () => {
    const file = files.write(
      "ramp.nii",
      ramp(4, (i) => i),
    );
    using show = await open([{ id: "t1", file, slice: "z=0.3" }]);
    // 0.72 mm to the right is voxel 10 - 7; 0.3 mm upwards is voxel 10 - 3.
    const place = placeOf(at(show, 0.72, -0.48));
    expect(place).toMatchObject({ layer: "t1", kind: "volume", unit: "mm" });
    expect(place.point[2]).toBe(0.3);
    expect(factOf(place, "voxel")).toEqual([3, 5, 7]);
    expect(factOf(place, "value")).toBe(2 * (3 + 21 * (5 + 21 * 7)) + 1);
  });

  test("an overlay is found where it is drawn, with the value of the image below; elsewhere the image", async () => {
    const image = files.write(
      "image.nii",
      ramp(4, (i) => i % 100),
    );
    const overlay = files.write(
      "overlay.nii",
      ramp(2, (i) => (i % 21 < 10 ? 9 : 0)),
    );
    using show = await open([
      { id: "image", file: image, slice: "z=0" },
      { id: "overlay", file: overlay, slice: "z=0", range: [2, 30], threshold: [10, 30] },
    ]);
    const over = placeOf(at(show, 0.5, 0.02));
    expect(over).toMatchObject({ layer: "overlay", also: [{ layer: "image" }] });
    expect(factOf(over, "value")).toBe(19);
    expect(at(show, -0.5, 0.02)).toMatchObject({ layer: "image", also: [{ layer: "overlay" }] });
  });

  test("below a surface, its value is known too", async () => {
    using show = await open([
      {
        id: "t1",
        file: files.write(
          "ramp.nii",
          ramp(4, (i) => i),
        ),
        slice: "z=-0.5",
      },
      { id: "surface", file: files.write("square.ply", square(0.2)) },
    ]);
    const place = placeOf(at(show, 0.72, -0.48));
    expect(place.layer).toBe("surface");
    expect(place.also?.map(({ layer }) => layer)).toEqual(["t1"]);
    expect(place.also?.map((each) => factOf(each, "voxel"))).toEqual([[3, 5, 8]]);
  });

  test("maximum intensity and isosurfaces answer with the voxel at the visible place", async () => {
    // A ball of radius 0.5 mm around the origin.
    const inBall = (i: number) => {
      const at = [i % 21, Math.floor(i / 21) % 21, Math.floor(i / 441)].map((index) => index - 10);
      return Math.hypot(...at) <= 5 ? 100 : 0;
    };
    const file = files.write("ball.nii", ramp(2, inBall));
    using surface = await open([{ file, iso: 100 }]);
    const onSurface = placeOf(at(surface, 0.02, 0.02));
    expect(onSurface.kind).toBe("volume");
    expect(onSurface.point[2]).toBeWithin(0.4, 0.6);
    using rays = await open([{ file, mip: true }]);
    const inside = placeOf(at(rays, 0.02, 0.02));
    expect(factOf(inside, "value")).toBe(201);
    expect(at(rays, 0.99, 0.99)).toEqual({ layer: null, facts: [] });
  });
});

describe("streamlines", () => {
  const lines = [
    [
      [-0.9, 0.5, 0],
      [0, 0.5, 0],
      [0.9, 0.5, 0],
    ],
    [
      [-0.9, -0.5, 0],
      [0.9, -0.5, 0],
    ],
  ];

  test.each(["on", "off"])(
    "with tubes %s answer with number, point, length and values in scanner mm",
    async (tubes) => {
      const file = files.write("lines.tck", tckFile({ streamlines: lines }));
      using show = await open([{ id: "lines", file, tubes, width: 0.1, lineWidth: 4 }]);
      const place = placeOf(at(show, 0.6, 0.5));
      expect(place).toMatchObject({ layer: "lines", kind: "streamlines", unit: "mm" });
      expect(factOf(place, "streamline")).toBe(0);
      expect(factOf(place, "point")).toBe(2);
      expect(factOf(place, "length")).toBeCloseTo(1.8, 5);
      expect(place.point[0]).toBeCloseTo(0.6, 1);
      expect(place.point[1]).toBeCloseTo(0.5, 5);
      expect(factOf(placeOf(at(show, 0.6, -0.5)), "streamline")).toBe(1);
      expect(at(show, 0, 0)).toEqual({ layer: null, facts: [] });
    },
  );

  test("of TrackVis have the values of their points and properties, and mm of the scanner", async () => {
    // The file counts from the corner of the first voxel, half a voxel before its center.
    const matrix = [1, 0, 0, -1, 0, 1, 0, -1, 0, 0, 1, 0, 0, 0, 0, 1];
    const file = files.write(
      "lines.trk",
      trkFile({
        ...{ matrix, dims: [3, 3, 3], scalarNames: ["fa"], propertyNames: ["weight"], properties: [[0.25]] },
        streamlines: [
          [
            [0.7, 1.7, 0.5, 0.5],
            [2.3, 1.7, 0.5, 0.75],
          ],
        ],
      }),
    );
    using show = await open([{ file, tubes: "off", lineWidth: 3 }]);
    const place = placeOf(at(show, 0.5, 0.2));
    expect(factOf(place, "fa")).toBe(0.75);
    expect(factOf(place, "weight")).toBe(0.25);
    expect(place.point[1]).toBeCloseTo(0.2, 5);
  });
});

describe("points", () => {
  const cloud = (count: number) => {
    const rows = Array.from({ length: count }, (_, i) => `0.9 0.9 ${-i / count} ${i}`);
    rows[count - 7] = "-0.5 0.25 0 1234";
    return `ply
format ascii 1.0
element vertex ${count}
property float x
property float y
property float z
property float heat
end_header
${rows.join("\n")}
`;
  };

  // A large cloud is splatted on the CPU.
  test.each([100, 60_000])("of a cloud of %i answer with their number and values", async (count) => {
    using show = await open([
      { id: "cloud", file: files.write(`cloud${count}.ply`, cloud(count)), pointSize: 6 },
    ]);
    const place = placeOf(at(show, -0.5, 0.25));
    expect(place).toMatchObject({ layer: "cloud", kind: "points" });
    expect(factOf(place, "point")).toBe(count - 7);
    expect(factOf(place, "heat")).toBe(1234);
    expect(place.point).toEqual([-0.5, 0.25, 0]);
    expect(at(show, 0.5, -0.5)).toEqual({ layer: null, facts: [] });
  });

  test("keep their numbers if a threshold hides others", async () => {
    const file = files.write("cloud60000.ply", cloud(60_000));
    using show = await open([{ file, pointSize: 6, colorBy: "heat", threshold: [1000, 2000] }]);
    expect(factOf(placeOf(at(show, -0.5, 0.25)), "point")).toBe(59_993);
  });
});

describe("a molecule", () => {
  test("answers with chain, residue and atom", async () => {
    const file = files.write(
      "two.pdb",
      [
        pdbAtom({
          serial: 1,
          name: " N  ",
          residue: "GLY",
          number: 12,
          chain: "B",
          at: [-0.5, 0, 0],
          element: "N",
        }),
        pdbAtom({
          serial: 2,
          name: " CA ",
          residue: "GLY",
          number: 12,
          chain: "B",
          at: [0.5, 0, 0],
          bFactor: 15.5,
        }),
        "END",
      ].join("\n"),
    );
    using show = await open([{ id: "two", file, representation: "ball-and-stick" }]);
    const place = placeOf(at(show, 0.5, 0));
    expect(place).toMatchObject({ layer: "two", kind: "molecule", unit: "Å" });
    expect(place.facts).toEqual([
      { name: "chain", value: "B" },
      { name: "residue", value: "GLY 12" },
      { name: "atom", value: "CA" },
      { name: "number", value: 1 },
      { name: "B factor", value: 15.5, unit: "Å²" },
    ]);
    // Each half of a bond belongs to its atom.
    expect(factOf(placeOf(at(show, -0.1, 0)), "atom")).toBe("N");
  });

  test("ribbons answer with the residue", async () => {
    using show = await open([{ file: `${import.meta.dir}/../../pictures/files/1crn.cif.gz` }], {
      view: { camera: undefined },
    });
    const found = Array.from({ length: 81 }, (_, i) =>
      show.pick(0.1 + 0.1 * (i % 9), 0.1 + 0.1 * Math.floor(i / 9)),
    );
    const residues = found.flatMap((result) => factOf(result, "residue") ?? []);
    expect(residues.length).toBeGreaterThan(5);
    for (const residue of residues) expect(residue).toMatch(/^[A-Z]{3} \d+$/);
  });
});

test("a place outside of the view is an error, and NaN", async () => {
  using show = await open([{ file: files.write("square.ply", square()) }]);
  for (const [x, y] of [
    [Number.NaN, 0.5],
    [0.5, 1.01],
    [-0.01, 0.5],
    [Number.POSITIVE_INFINITY, 0.5],
  ] as const)
    expect(() => show.pick(x, y)).toThrow("outside of the view");
});

test("without a frame, and after a resize, a frame is rendered first", async () => {
  using show = await open([{ id: "square", file: files.write("square.ply", square()) }], {
    render: () => {},
  });
  expect(at(show, 0, 0)).toMatchObject({ layer: "square" });
  show.resize(120, 80);
  expect(show.pick(0.5, 0.5)).toMatchObject({ layer: "square" });
  expect(show.pick(1, 1)).toMatchObject({ layer: null });
});

test("each answer is an event", async () => {
  using show = await open([{ id: "square", file: files.write("square.ply", square()) }]);
  const events: unknown[] = [];
  show.on("pick", ({ x, purpose, result }) => events.push([x, purpose, result.layer]));
  show.pick(0.25, 0.5);
  show.pick(0.75, 0.5, "hover");
  expect(events).toEqual([
    [0.25, "click", "square"],
    [0.75, "hover", "square"],
  ]);
});
