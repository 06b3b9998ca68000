import { describe, expect, test } from "bun:test";
import type { BufferGeometry, Object3D } from "three";
import type { LoadedScene } from "../../src/scene/load-scene.ts";
import { type PlyEncoding, type PlySampleElement, type PlySampleOptions, plyFile } from "./ply-builder.ts";
import { expectCube, sampleFiles } from "./sample-files.ts";
import { CUBE_CORNERS, CUBE_QUADS, CUBE_TRIANGLES } from "./samples.ts";

const ENCODINGS: readonly PlyEncoding[] = ["ascii", "binary_little_endian", "binary_big_endian"];
const XYZ = ["float x", "float y", "float z"];
const VERTICES: PlySampleElement = { name: "vertex", properties: XYZ, rows: CUBE_CORNERS };
const FACES: PlySampleElement = {
  name: "face",
  properties: ["list uchar int vertex_indices"],
  rows: CUBE_TRIANGLES.map((triangle) => [triangle]),
};

const { load } = sampleFiles("ply");
const loadFile = (elements: readonly PlySampleElement[], options?: PlySampleOptions): Promise<LoadedScene> =>
  load(plyFile(elements, options));

function geometryOf(root: Object3D): BufferGeometry {
  let found: BufferGeometry | undefined;
  root.traverse((object) => {
    if ("geometry" in object) found ??= object.geometry as BufferGeometry;
  });
  if (found === undefined) throw new Error("no geometry");
  return found;
}

function areaOf(geometry: BufferGeometry): number {
  const { array } = geometry.toNonIndexed().getAttribute("position");
  let area = 0;
  for (let i = 0; i < array.length; i += 9) {
    const coordinate = (k: number): number => array[i + k] ?? 0;
    const ux = coordinate(3) - coordinate(0);
    const uy = coordinate(4) - coordinate(1);
    const vx = coordinate(6) - coordinate(0);
    const vy = coordinate(7) - coordinate(1);
    area += Math.abs(ux * vy - uy * vx) / 2;
  }
  return area;
}

for (const encoding of ENCODINGS) {
  test.each(["char", "uchar", "short", "ushort", "int", "uint", "float", "double"])(
    `${encoding}: coordinates of the type %s are read`,
    async (type) => {
      const rows = CUBE_CORNERS.map((corner) => corner.map((value) => value + 1));
      const vertices = { ...VERTICES, properties: ["x", "y", "z"].map((axis) => `${type} ${axis}`), rows };
      const loaded = await loadFile([vertices, FACES], { encoding });
      expect(loaded.counts.triangles).toBe(12);
      expect(loaded.bounds.max.toArray()).toEqual([2, 2, 2]);
    },
  );

  test.each(["char", "short", "int", "uint", "double"])(
    `${encoding}: lists of the type %s are read, in any element`,
    async (type) => {
      const elements: PlySampleElement[] = [
        {
          name: "camera",
          properties: ["list uchar double pose", "float f"],
          rows: [
            [[1, 2], 3],
            [[], 4],
          ],
        },
        {
          ...VERTICES,
          properties: ["list short uchar tags", ...XYZ],
          rows: CUBE_CORNERS.map((p, i) => [i % 2 === 0 ? [] : [1, 2, 3], ...p]),
        },
        {
          name: "face",
          properties: [`list ${type} ${type} vertex_index`, "list uchar float texcoord", "uchar flags"],
          rows: CUBE_TRIANGLES.map((triangle) => [triangle, [0, 0, 1, 0, 1, 1], 7]),
        },
      ];
      expectCube(await loadFile(elements, { encoding }));
    },
  );

  test(`${encoding}: concave polygons keep their outline`, async () => {
    const dart = [
      [0, 0, 0],
      [2, 3, 0],
      [0, 1, 0],
      [-2, 3, 0],
    ];
    const notched = [
      [10, 0, 0],
      [14, 0, 0],
      [14, 4, 0],
      [12, 1, 0],
      [10, 4, 0],
    ];
    const loaded = await loadFile(
      [
        { ...VERTICES, rows: [...dart, ...notched] },
        { ...FACES, rows: [[[1, 2, 3, 0]], [[4, 5, 6, 7, 8]]] },
      ],
      { encoding },
    );
    expect(loaded.counts.triangles).toBe(5);
    expect(areaOf(geometryOf(loaded.object))).toBeCloseTo(2 + 10, 5);
  });

  test(`${encoding}: triangle strips become triangles with consistent winding, and -1 restarts the strip`, async () => {
    const flat = [
      [0, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [1, 1, 0],
      [0, 2, 0],
    ];
    const loaded = await loadFile(
      [
        { ...VERTICES, rows: flat },
        {
          name: "tristrips",
          properties: ["list int int vertex_indices"],
          rows: [[[0, 1, 2, 3, -1, 2, 3, 4]]],
        },
      ],
      { encoding },
    );
    expect(loaded.counts.triangles).toBe(3);
    const { array } = geometryOf(loaded.object).getAttribute("normal");
    for (let i = 2; i < array.length; i += 3) expect(array[i]).toBeCloseTo(1, 5);
  });

  test(`${encoding}: edges become lines`, async () => {
    const edges = {
      name: "edge",
      properties: ["int vertex1", "int vertex2"],
      rows: [
        [0, 1],
        [1, 2],
        [2, 99],
      ],
    };
    const loaded = await loadFile([VERTICES, edges], { encoding });
    expect(loaded.counts).toEqual({ triangles: 0, points: 0, lines: 2 });
  });
}

describe("line ends", () => {
  for (const encoding of ENCODINGS) {
    for (const [newline, lastNewline] of [
      ["\n", "\n"],
      ["\r\n", "\r\n"],
      ["\r", "\r"],
      ["\n", "\r\n"],
      ["\r\n", "\n"],
      ["\n", "\r"],
    ] as const) {
      test(`${encoding}: lines that end with ${JSON.stringify(newline)}, and end_header with ${JSON.stringify(lastNewline)}, are read`, async () => {
        expectCube(await loadFile([VERTICES, FACES], { encoding, newline, lastNewline }));
      });
    }
  }

  test("a line feed as the first byte of the data is not part of a CR line end", async () => {
    const rows = CUBE_CORNERS.map((corner) => [10, ...corner]);
    const vertices = { ...VERTICES, properties: ["uchar tag", ...XYZ], rows };
    expectCube(await loadFile([vertices, FACES], { encoding: "binary_little_endian", newline: "\r" }));
  });

  test("end_header in a comment does not end the header, and capitals and extra blanks are accepted", async () => {
    const text = plyFile([VERTICES, FACES], { comments: ["end_header", "x end_header"] }).toString();
    expectCube(
      await load(
        text
          .replace("ply\n", "ply \n")
          .replace("float x", "Float  X")
          .replace("end_header\n-", "end_header \n-"),
      ),
    );
  });
});

describe("ASCII rows", () => {
  const text = plyFile([VERTICES, FACES]).toString();
  const [header = "", body = ""] = text.split(/(?<=end_header\n)/);
  test("ASCII rows may hold more values than declared", async () => {
    expectCube(await load(header + body.replaceAll("\n", " 7 7 9 0.5\n")));
  });
  test("an ASCII row may span several lines", async () => {
    expectCube(await load(header + body.replaceAll(" ", "\n")));
  });
  test("all ASCII rows may be on one line", async () => {
    expectCube(await load(header + body.replaceAll("\n", " ")));
  });
  test("ASCII rows may have tabs, empty lines and no final line end", async () => {
    expectCube(await load(header + body.replaceAll(" ", "\t").replaceAll("\n", "\n\n").trimEnd()));
  });
});

describe("files with wrong counts", () => {
  for (const encoding of ENCODINGS) {
    test(`${encoding}: a file truncated in its faces is shown up to there, with a warning`, async () => {
      const complete = plyFile([VERTICES, FACES], { encoding });
      const loaded = await load(complete.subarray(0, complete.byteLength - 3));
      expect(loaded.counts.triangles).toBe(11);
      expect(loaded.warnings).toEqual([
        "the file ends after 11 of 12 faces: it is cut off or damaged, or its header is wrong; the part before is shown",
      ]);
    });

    test(`${encoding}: a file truncated in its vertices becomes a point cloud`, async () => {
      const complete = plyFile([{ ...VERTICES, rows: CUBE_CORNERS.slice(0, 5) }], {
        encoding,
        declared: { vertex: 4_000_000_000 },
      });
      const loaded = await load(complete);
      expect(loaded.counts).toEqual({ triangles: 0, points: 5, lines: 0 });
      expect(loaded.warnings[0]).toContain("the file ends after 5 of 4000000000 vertices");
    });
  }

  for (const encoding of ENCODINGS) {
    test(`${encoding}: data beyond the declared counts has a warning, padding has none`, async () => {
      const complete = plyFile([VERTICES], { encoding, declared: { vertex: 5 } });
      const loaded = await load(complete);
      expect(loaded.counts.points).toBe(5);
      expect(loaded.warnings).toEqual([
        "the file has more data than its header declares; the rest is not shown",
      ]);
      const padded = Buffer.concat([plyFile([VERTICES, FACES], { encoding }), Buffer.alloc(512)]);
      expectCube(await load(padded));
    });
  }

  test("reading stops at a list whose declared length exceeds the file", async () => {
    const rows = FACES.rows.slice(0, 3);
    const complete = plyFile([VERTICES, { ...FACES, properties: ["list uint int vertex_indices"], rows }], {
      encoding: "binary_little_endian",
    });
    complete.writeUInt32LE(0xffffffff, complete.byteLength - 16);
    const loaded = await load(complete);
    expect(loaded.counts.triangles).toBe(2);
    expect(loaded.warnings[0]).toContain("the file ends after 2 of 3 faces");
  });

  test("faces at missing vertices and faces of two corners are left out and counted", async () => {
    const rows = [...FACES.rows, [[0, 1, 88]], [[0, 1]]];
    expectCube(await loadFile([VERTICES, { ...FACES, rows }]), [
      "1 of 14 faces use vertices that do not exist; left out",
      "1 of 14 faces have fewer than three corners; left out",
    ]);
  });
});

describe("colors", () => {
  for (const [names, type, white] of [
    [["red", "green", "blue"], "uchar", 255],
    [["red", "green", "blue"], "float", 1],
    [["red", "green", "blue"], "float", 255],
    [["r", "g", "b"], "ushort", 65535],
    [["diffuse_red", "diffuse_green", "diffuse_blue"], "int", 255],
    [["Red", "Green", "Blue"], "double", 1],
    [["f_dc_0", "f_dc_1", "f_dc_2"], "float", undefined],
  ] as const) {
    test(`colors ${names.join()} of the type ${type}${white === undefined ? "" : ` up to ${white}`} are converted to linear ones`, async () => {
      // White, mid grey and red; splats store (color - 0.5) / 0.2820948.
      const scale = (value: number): number =>
        white === undefined ? (value - 0.5) / 0.2820948 : value * white;
      const colors = [
        [1, 1, 1],
        [0.6, 0.6, 0.6],
        [1, 0, 0],
      ];
      const rows = colors.map((color, i) => [i, 0, i % 2, ...color.map(scale)]);
      const loaded = await loadFile([
        { name: "vertex", properties: [...XYZ, ...names.map((name) => `${type} ${name}`)], rows },
      ]);
      const { array } = geometryOf(loaded.object).getAttribute("color");
      const linear = ((0.6 + 0.055) / 1.055) ** 2.4;
      for (const [i, expected] of [1, 1, 1, linear, linear, linear, 1, 0, 0].entries()) {
        expect(array[i]).toBeCloseTo(expected, 3);
      }
      expect(loaded.warnings.join()).toBe(
        white === undefined
          ? "these are Gaussian splats: shown as colored points, without their shapes and opacities"
          : "",
      );
    });
  }

  test("face colors are used if vertices have none", async () => {
    const face = {
      name: "face",
      properties: [...FACES.properties, "uchar red", "uchar green", "uchar blue"],
      rows: CUBE_QUADS.map((quad, i) => [quad, i === 0 ? 255 : 0, 255, 0]),
    };
    const { array } = geometryOf((await loadFile([VERTICES, face])).object).getAttribute("color");
    expect([...array.slice(0, 18)]).toEqual(Array.from({ length: 6 }, () => [1, 1, 0]).flat());
    expect([...array.slice(18, 21)]).toEqual([0, 1, 0]);
  });
});

test("zero normals are replaced by computed ones", async () => {
  const vertex = {
    name: "vertex",
    properties: [...XYZ, "float nx", "float ny", "float nz"],
    rows: CUBE_CORNERS.map((corner) => [...corner, 0, 0, 0]),
  };
  const { array } = geometryOf((await loadFile([vertex, FACES])).object).getAttribute("normal");
  expect(Math.hypot(array[0] ?? 0, array[1] ?? 0, array[2] ?? 0)).toBeCloseTo(1, 5);
});
