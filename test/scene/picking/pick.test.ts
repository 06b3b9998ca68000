import { describe, expect, test } from "bun:test";
import { pdbAtom } from "../../formats/molecules/pdb-file.ts";
import { tckFile } from "../../formats/streamlines/tck-builder.ts";
import { trkFile } from "../../formats/streamlines/trk-builder.ts";
import { sceneFiles } from "../scene-files.ts";
import { at, factOf, open, placeOf, square } from "./pick-view.ts";

const files = sceneFiles();

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

test.each([
  ["lines.obj", "v -0.9 0 0\nv 0 0 0\nv 0.9 0 0\nl 1 2 3\n", { lineWidth: 4 }],
  ["points.xyz", "-0.9 0 0\n0 0 0\n0.9 0 0\n", { pointSize: 8 }],
])("%s beyond the clip plane of their layer are not found", async (name, text, size) => {
  const file = files.write(name, text);
  const style = { file, ...size };
  using whole = await open([style]);
  expect(at(whole, -0.88, 0)).toMatchObject({ label: name });
  expect(at(whole, 0.88, 0)).toMatchObject({ label: name });
  using clipped = await open([{ ...style, clip: "x=0.5" }]);
  expect(at(clipped, -0.88, 0)).toMatchObject({ label: name });
  expect(at(clipped, 0.88, 0)).toEqual({ layer: null, facts: [] });
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
