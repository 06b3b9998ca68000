import { describe, expect, test } from "bun:test";
import { type BufferGeometry, Color, type MeshPhongMaterial, type Object3D, SRGBColorSpace } from "three";
import { ShowManager } from "../../src/scene/show-manager.ts";
import type { Snapshot } from "../../src/scene/show-options.ts";
import { pixel } from "../scene/images.ts";
import { expectCube, firstMesh, meshesOf, sampleFiles } from "./sample-files.ts";
import { cubeObj } from "./samples.ts";

const { load, loadErrorMessage, write } = sampleFiles("obj");

function materialOf(root: Object3D): MeshPhongMaterial {
  return firstMesh(root).material as MeshPhongMaterial;
}

function attribute(root: Object3D, name: string, index = 0): number[] {
  const values = meshesOf(root)[index]?.geometry.getAttribute(name);
  if (values === undefined) throw new Error(`no ${name}`);
  return [...values.array];
}

function areaOf(root: Object3D): number {
  let sum = 0;
  for (const { geometry } of meshesOf(root)) {
    const positions = geometry.toNonIndexed().getAttribute("position").array;
    for (let i = 0; i < positions.length; i += 9) {
      const [ux = 0, uy = 0, uz = 0, vx = 0, vy = 0, vz = 0] = [3, 4, 5, 6, 7, 8].map(
        (k) => (positions[i + k] ?? 0) - (positions[i + (k % 3)] ?? 0),
      );
      sum += Math.hypot(uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx) / 2;
    }
  }
  return sum;
}

const utf16 = (text: string, bigEndian = false): Uint8Array => {
  const bytes = Buffer.from(`\ufeff${text}`, "utf16le");
  return bigEndian ? bytes.swap16() : bytes;
};

describe("OBJ syntax", () => {
  const cube = cubeObj();
  const cases: [string, string | Uint8Array][] = [
    ["CR LF line ends", cube.replaceAll("\n", "\r\n")],
    ["CR line ends", cube.replaceAll("\n", "\r")],
    ["CR CR LF line ends", cube.replaceAll("\n", "\r\r\n")],
    ["no line end at its end", cube.trimEnd()],
    ["comments behind statements", cube.replaceAll("\n", " # a comment\n").replaceAll(" 4 3", " 4\t3")],
    ["comments that end in a backslash", `# C:\\models\\\n${cube.replaceAll("\nf", "\n# x \\\nf")}`],
    ["tabs and runs of blanks", cube.replaceAll(" ", " \t ").replaceAll("\n", " \n\t")],
    ["statements continued by a backslash", cube.replaceAll(/ (\S+)\n/g, " \\\n$1\n")],
    ["statements continued over CR LF and blanks", cube.replaceAll(/ (\S+)\n/g, "\\ \r\n $1\r\n")],
    ["faces before their vertices", [...cube.split("\n")].reverse().join("\n")],
    ["old face statements", cube.replaceAll("\nf ", "\nfo ")],
    ["slashes in every form", cube.replaceAll("f 4 3 2 1", "vt 0 0\nvn 0 0 -1\nf 4/1/1 3//1 2/1 1/")],
    [
      "vertex numbers from the end",
      cube.replace("f 4 3 2 1", "f -5 -6 -7 -8").replace("f 5 6 7 8", "f -4//-3 -3 -2 -1"),
    ],
    [
      "plus signs, exponents and no digits before the point",
      cube.replaceAll("v 1", "v +.1E+01").replaceAll(" -1", " -10e-1"),
    ],
    [
      "numbers of more digits than a double has",
      cube.replaceAll("v 1", "v 1.00000000000000000000000000000001"),
    ],
    ["texts that begin like faces in group names", cube.replaceAll("\nf", "\ng An f Three Other Things\nf")],
    ["a byte order mark", `\ufeff${cube}`],
    ["UTF-16, little-endian", utf16(cube)],
    ["UTF-16, big-endian", utf16(cube, true)],
    ["a NUL at its end", Buffer.concat([Buffer.from(`# ${"x".repeat(70_000)}\n${cube}`), Buffer.alloc(1)])],
    ["weights behind its vertices", cube.replaceAll(/(v .*)\n/g, "$1 1.0\n")],
    ["an mtllib statement without a name", `mtllib\n${cube}`],
  ];
  for (const [name, content] of cases) {
    test(`an OBJ with ${name} is read`, async () => {
      const loaded = await load(content);
      expectCube(loaded);
      expect(areaOf(loaded.object)).toBeCloseTo(24, 5);
    });
  }
});

test("a number in any notation is parsed to the nearest double", async () => {
  const numbers = [
    "-0.43",
    "0.1",
    "123456.789",
    "3.14159265358979",
    "3.141592653589793238",
    "1e-3",
    "7",
    "-6.9e-18",
    "1.5D2",
  ];
  const text = numbers.map((number) => `v ${number} ${number} 1\n`).join("");
  const loaded = await load(`${text}f 1 2 3 4 5 6 7 8 9\nf 1 2 3\n`);
  const expected = numbers.map((number) => Math.fround(Number(number.replace("D", "e"))));
  const values = new Set(attribute(loaded.object, "position"));
  for (const number of expected) expect(values.has(number)).toBe(true);
});

describe("invalid OBJ files", () => {
  for (const [name, text, reason] of [
    [
      "decimal commas",
      "v 0 0 0\nv 0,5 0,25 0\nf 1 2 1\n",
      'OBJ: line 2: "0,5" is not a number: write decimal points, not commas',
    ],
    ["a word for a number", "v 0 zero 0\n", 'OBJ: line 1: "zero" is not a number'],
    ["a vertex of two numbers", "# x\r\rv 0 1\r", "OBJ: line 3: a vertex needs three coordinates"],
    ["a vertex 0", "v 0 0 0\nf 1 0 1\n", 'OBJ: line 2: "0" is not a vertex number'],
    [
      "a vertex index that is not a number",
      "v 0 0 0\nf 1 constructor 1\n",
      'line 2: "constructor" is not a vertex number',
    ],
    ["a number beyond 2^31", "v 0 0 0\nf 1 99999999999 1\n", "is not a vertex number"],
    [
      "a vertex that is never defined",
      "f 1 2 3\nv 0 0 0\nv 0 1 0\n",
      "OBJ: line 1: vertex 3 does not exist: there are 2",
    ],
    [
      "a line to a vertex that does not exist",
      "v 0 0 0\nl 1 2\n",
      "OBJ: line 2: vertex 2 does not exist: there are 1",
    ],
    ["a relative index before the first vertex", "v 0 0 0\np -2\n", "OBJ: line 2: vertex -2 does not exist"],
    [
      "nothing but free-form geometry",
      "v 0 0 0\nv 1 1 0\ncstype bezier\ndeg 3\ncurv 0 1 1 2 \\\n 1 2\nend\n",
      "OBJ: it contains only free-form curves or surfaces, which are not supported; save it as polygons",
    ],
    ["nothing to draw", "# empty\no nothing\ng\n", "OBJ: there are no triangles, lines or points in it"],
    [
      "UTF-16 text that is not OBJ",
      utf16("solid x\nfacet normal"),
      "this is text in UTF-16 (save it as UTF-8)",
    ],
  ] as const) {
    test(`an OBJ with ${name} is refused with a reason`, async () =>
      expect(await loadErrorMessage(text)).toContain(reason));
  }
});

describe("lines of few bytes", () => {
  // More values per byte than there is room for at first.
  const count = 30_000;
  const digit = (i: number): number => (i * 7) % 10;
  // The first hundred are a convex polygon.
  const vertices = Array.from({ length: count }, (_, i) =>
    i < 100 ? [i, i * i, 0] : [digit(i), digit(i >> 3), digit(i >> 6)],
  );
  const text = [
    ...vertices.map((vertex) => `v ${vertex.join(" ")}`),
    ...vertices.map(() => "vn 0 0 1"),
    ...vertices.map(([x, y]) => `vt ${x} ${y}`),
    `f ${Array.from({ length: 100 }, (_, i) => `${i + 1}/${i + 1}/${i + 1}`).join(" ")}`,
    ...Array.from({ length: 50_000 }, (_, i) => `f 1 2 ${3 + (i % 5)}`),
  ].join("\n");

  test("all values of a dense file are read", async () => {
    const { object, counts } = await load(`${text}\n`);
    expect(counts.triangles).toBe(50_000 + 98);
    const corners = new Set<string>();
    for (const { geometry } of meshesOf(object)) {
      const positions = geometry.getAttribute("position");
      for (let i = 0; i < positions.count; i += 1)
        corners.add(`${positions.getX(i)} ${positions.getY(i)} ${positions.getZ(i)}`);
    }
    expect([...corners].sort()).toEqual([...new Set(vertices.slice(0, 100).map((v) => v.join(" ")))].sort());
  });
});

describe("polygons", () => {
  test("a concave polygon of eight corners is triangulated within its outline", async () => {
    const u = "v 0 0 0\nv 4 0 0\nv 4 4 0\nv 3 4 0\nv 3 1 0\nv 1 1 0\nv 1 4 0\nv 0 4 0\nf 1 2 3 4 5 6 7 8\n";
    const loaded = await load(u);
    expect(loaded.counts.triangles).toBe(6);
    expect(areaOf(loaded.object)).toBeCloseTo(10, 5);
  });

  test("faces of fewer than three corners are left out with a warning", async () => {
    const loaded = await load("v 0 0 0\nv 1 0 0\nv 1 1 0\nf 1 2 3\nf 1 2\nf\n");
    expect(loaded.counts.triangles).toBe(1);
    expect(loaded.warnings).toEqual(["2 faces have fewer than three corners; left out"]);
  });
});

describe("lines and points", () => {
  test("lines and points are drawn in addition to faces", async () => {
    const more = "v -2 0 0\nv 2 0 0\nv 2 2 2\nl 9 10 11\np 11\np 9 10\n";
    const loaded = await load(`o all\n${cubeObj()}${more}`);
    expect(loaded.counts).toEqual({ triangles: 12, points: 3, lines: 2 });
    expect(loaded.bounds.max.toArray()).toEqual([2, 2, 2]);
  });

  test("lines and points have the colors of their vertices, or of their materials", async () => {
    write("lines.mtl", "newmtl red\nKd 1 0 0\n");
    const { object } = await load(
      "mtllib lines.mtl\nv 0 0 0\nv 1 0 0\nv 1 1 0 0 1 0\nusemtl red\nl 1 2\nl 2 3\nusemtl none\np 3\n",
    );
    const colors: number[][] = [];
    object.traverse((child) => {
      if ("geometry" in child)
        colors.push([...(child.geometry as BufferGeometry).getAttribute("color").array]);
    });
    expect(colors).toEqual([
      [1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0],
      [0, 1, 0],
    ]);
  });

  test("an OBJ with vertices only is a point cloud with their colors", async () => {
    const loaded = await load("v 0 0 0 1 0 0\nv 1 0 0 0 0 1\n");
    expect(loaded.counts).toEqual({ triangles: 0, points: 2, lines: 0 });
  });
});

describe("colors of vertices", () => {
  const TRIANGLE = "f 1 2 3\n";
  const colorsOf = async (text: string): Promise<string[]> => {
    const { object } = await load(text);
    expect(materialOf(object).vertexColors).toBe(true);
    const values = attribute(object, "color");
    return [0, 3, 6].map((offset) => new Color().fromArray(values, offset).getHexString(SRGBColorSpace));
  };

  test("vertex colors are sRGB from 0 to 1, white for a vertex without one", async () => {
    expect(await colorsOf(`v 0 0 0 1 0.5 0\nv 1 0 0\nv 1 1 0 0 0 1\n${TRIANGLE}`)).toEqual([
      "ff8000",
      "ffffff",
      "0000ff",
    ]);
  });

  test("vertex colors are scaled from a range of 255 or 65535, and clamped if slightly above 1", async () => {
    expect(await colorsOf(`v 0 0 0 255 128 0\nv 1 0 0 0 0 0\nv 1 1 0 0 0 255\n${TRIANGLE}`)).toEqual([
      "ff8000",
      "000000",
      "0000ff",
    ]);
    expect(await colorsOf(`v 0 0 0 65535 0 0\nv 1 0 0 0 0 0\nv 1 1 0 0 0 65535\n${TRIANGLE}`)).toEqual([
      "ff0000",
      "000000",
      "0000ff",
    ]);
    expect(await colorsOf(`v 0 0 0 1.02 0 0\nv 1 0 0 0 0 0\nv 1 1 0 0 0 1\n${TRIANGLE}`)).toEqual([
      "ff0000",
      "000000",
      "0000ff",
    ]);
  });

  test("vertex colors that are not numbers are ignored", async () => {
    expect(await colorsOf(`v 0 0 0 nan nan nan\nv 1 0 0 0 0 1\nv 1 1 0 0 1 nan\n${TRIANGLE}`)).toEqual([
      "ffffff",
      "0000ff",
      "ffffff",
    ]);
    const { object } = await load(`v 0 0 0 nan nan nan\nv 1 0 0 nan nan nan\nv 1 1 0\n${TRIANGLE}`);
    expect(meshesOf(object)[0]?.geometry.hasAttribute("color")).toBe(false);
  });
});

describe("normals", () => {
  const QUAD = "v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n";
  test("normals of the file are used; zero, invalid and missing ones are computed", async () => {
    const { object } = await load(`${QUAD}vn 0 2 0\nvn 0 0 0\nvn nan 0 1\nf 1//1 2//2 3//3 4//9\n`);
    const normals = attribute(object, "normal");
    // Triangles 1 2 3 and 1 3 4.
    expect(normals).toEqual([0, 1, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 1]);
  });

  test("normals are smooth across the boundary of two materials", async () => {
    write("two.mtl", "newmtl a\nKd 1 0 0\nnewmtl b\nKd 0 1 0\n");
    const text =
      "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 1 1 0\nv 0 2 0.4\nv 1 2 0.4\nusemtl a\nf 1 2 4 3\nusemtl b\nf 3 4 6 5\n";
    const { object } = await load(`mtllib two.mtl\n${text}`);
    // At both ends of the boundary, y = 1, the corners of the two materials share one normal.
    for (const x of [0, 1]) {
      const values = new Set<string>();
      for (const mesh of [0, 1]) {
        const positions = attribute(object, "position", mesh);
        const normals = attribute(object, "normal", mesh);
        for (let offset = 0; offset < positions.length; offset += 3) {
          if (positions[offset] !== x || positions[offset + 1] !== 1) continue;
          values.add(`${normals[offset + 1]?.toFixed(4)} ${normals[offset + 2]?.toFixed(4)}`);
        }
      }
      expect(values.size).toBe(1);
      expect([...values]).not.toEqual(["0.0000 1.0000"]);
    }
  });

  test("normals are per face after s off", async () => {
    const { object } = await load(`s off\n${cubeObj()}`);
    expect(materialOf(object).flatShading).toBe(true);
    const smooth = await load(`s 1\n${cubeObj()}`);
    expect(materialOf(smooth.object).flatShading).toBe(false);
  });
});

test("free-form geometry beside polygons is left out with a warning", async () => {
  const loaded = await load(
    `${cubeObj()}cstype bezier\nvp 0 1\nsurf 0 1 0 1 1 2 3 4 \\\n 5 6\ncurv2 1 2\nend\n`,
  );
  expect(loaded.counts.triangles).toBe(12);
  expect(loaded.warnings).toEqual(["it has free-form curves or surfaces, which are not supported; left out"]);
});

describe("rendered OBJ files", () => {
  const renderImage = async (text: string, camera: [number, number, number]): Promise<Snapshot> => {
    const loaded = await load(text);
    using show = new ShowManager({ size: [120, 120], background: "black" });
    show.add(loaded.object);
    show.frameScene(loaded.up);
    const [x, y, z] = camera;
    show.cameraState = { position: camera, focalPoint: [x, y, 0], viewUp: [0, 1, 0], viewAngle: 30 };
    expect(z).toBeGreaterThan(0);
    show.render({ samples: 0 });
    const image = show.snapshot();
    loaded.dispose();
    return image;
  };
  const brightness = (image: Snapshot, x: number, y: number): number =>
    Math.max(...pixel(image, x, y).slice(0, 3));

  test("a rendered concave polygon has its hole", async () => {
    const u = "v 0 0 0\rv 4 0 0\rv 4 4 0\rv 3 4 0\rv 3 1 0\rv 1 1 0\rv 1 4 0\rv 0 4 0\rf 1 2 3 4 5 6 7 8\r";
    const image = await renderImage(u, [2, 2, 10]);
    expect(brightness(image, 0.5, 0.4)).toBe(0);
    expect(brightness(image, 0.5, 0.8)).toBeGreaterThan(60);
    expect(brightness(image, 0.2, 0.4)).toBeGreaterThan(60);
  });

  test("a rendered face whose normals are zero is shaded", async () => {
    const image = await renderImage(
      cubeObj("vn 0 0 0\n")
        .replaceAll(/ (\d)(?=[ \n])/g, " $1//1")
        .replaceAll(/^v.*$/gm, (line) => line.replaceAll("//1", "")),
      [0, 0, 8],
    );
    expect(brightness(image, 0.5, 0.5)).toBeGreaterThan(60);
  });

  test("a rendered object of faces and a line shows both", async () => {
    const image = await renderImage(`${cubeObj()}v -2 0 2\nv 2 0 2\nl 9 10\n`, [0, 0, 12]);
    expect(brightness(image, 0.5, 0.42)).toBeGreaterThan(60);
    const column = [0.48, 0.49, 0.5, 0.51, 0.52].map((y) => brightness(image, 0.24, y));
    expect(Math.max(...column)).toBeGreaterThan(60);
  });
});
