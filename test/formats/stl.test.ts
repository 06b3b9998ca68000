import { describe, expect, test } from "bun:test";
import type { BufferGeometry, Object3D } from "three";
import { loadScene } from "../../src/scene/load-scene.ts";
import { expectCube, sampleFiles } from "./sample-files.ts";
import { cubeStlAscii, cubeStlBinary } from "./samples.ts";

const { load, write } = sampleFiles("stl");

function colorsOf(root: Object3D): number[][] {
  const colors: number[][] = [];
  root.traverse((object) => {
    if (!("geometry" in object) || colors.length > 0) return;
    const { array } = (object.geometry as BufferGeometry).getAttribute("color");
    for (let i = 0; i < array.length; i += 9) colors.push([...array.slice(i, i + 3)]);
  });
  return colors;
}

describe("ASCII STL", () => {
  const text = cubeStlAscii();
  for (const [name, content] of [
    ["in capitals", text.toUpperCase()],
    ["with a byte order mark", `\ufeff${text}`],
    [
      "with comment lines",
      `; exported by a test\n# vertex of nothing\n${text.replace("outer loop", "outer loop\n; here")}`,
    ],
    ['with "facet" in its name', text.replaceAll("solid cube", "solid facet plate endfacet vertex 1")],
    ["with a long name", text.replaceAll("solid cube", `solid ${"long ".repeat(1000)}`)],
    ["with text after its end", `${text}${"\n; more words".repeat(300)}`],
    ["without a name", text.replaceAll("solid cube", "solid")],
    ["that ends with end solid", text.replace("endsolid cube", "end solid")],
    ["with CRLF", text.replaceAll("\n", "\r\n")],
    ["with CR", text.replaceAll("\n", "\r")],
    ["with tabs and no indent", text.replaceAll(/^ +/gm, "").replaceAll(" ", "\t")],
    ["of two solids", text.replace(/( {2}facet[\s\S]*?endfacet\n){5}/, "$&endsolid cube\nsolid Two\n")],
  ] as const) {
    test(`an ASCII STL ${name} is read`, async () => {
      expectCube(await load(content));
    });
  }

  test("an ASCII STL without endsolid is read, with a warning", async () => {
    expectCube(await load(text.replace(/endsolid.*\n/, "")), [
      "the file does not end with endsolid: it may be cut off",
    ]);
  });

  test("an ASCII STL truncated in a facet is shown up to there, with a warning", async () => {
    const loaded = await load(text.slice(0, 1000));
    const completeFacets = text.slice(0, 1000).split("endfacet").length - 1;
    expect(loaded.counts.triangles).toBe(completeFacets);
    expect(loaded.warnings).toEqual([
      `the file ends in the middle of a facet: it is cut off; the ${completeFacets} triangles before it are shown`,
    ]);
  });

  test("facets of two vertices are left out with a warning, those of four become two triangles", async () => {
    const facet = (...vertices: string[]): string =>
      `facet normal 0 0 1\nouter loop\n${vertices.map((v) => `vertex ${v}\n`).join("")}endloop\nendfacet\n`;
    const loaded = await load(
      `solid x\n${facet("0 0 0", "1 0 0")}${facet("0 0 0", "1 0 0", "1 1 0", "0 1 0")}endsolid x\n`,
    );
    expect(loaded.counts.triangles).toBe(2);
    expect(loaded.bounds.max.toArray()).toEqual([1, 1, 0]);
    expect(loaded.warnings).toEqual(["1 of 2 facets have fewer than three vertices; left out"]);
  });

  test("an ASCII STL with a single facet is detected as text, also without the extension .stl", async () => {
    const facet = "facet normal 0 0 1 outer loop vertex 0 0 0 vertex 1 0 0 vertex 0 1 0 endloop endfacet";
    expect((await load(`solid\n${facet}\nendsolid`)).counts.triangles).toBe(1);
    const path = write("other.dat", `solid\n${facet}\nendsolid`);
    expect((await loadScene(path)).counts.triangles).toBe(1);
  });

  test("a triangle with a coordinate that is not a number is left out", async () => {
    const loaded = await load(text.replace("vertex -1", "vertex nan"));
    expect(loaded.counts.triangles).toBe(11);
  });
});

describe("binary STL", () => {
  const withCount = (count: number, more = 0): Uint8Array => {
    const bytes = Buffer.concat([cubeStlBinary("solid facet plate"), Buffer.alloc(more)]);
    bytes.writeUInt32LE(count, 80);
    return bytes;
  };
  for (const [name, content, warnings] of [
    ['that begins with "solid" and has two extra bytes', withCount(12, 2), []],
    ['that begins with "solid" and has ten extra bytes', withCount(12, 10), []],
    ["whose count was left at 0", withCount(0), []],
    ["whose count was left at 0xFFFFFFFF", withCount(0xffffffff), []],
    [
      "whose count is too small",
      withCount(5),
      ["the header declares 5 triangles, the file has 12; 12 are shown"],
    ],
    [
      "whose count is too large",
      withCount(13),
      [
        "the header declares 13 triangles, the file has 12: the file is cut off, or its header is wrong; 12 are shown",
      ],
    ],
  ] as const) {
    test(`a binary STL ${name} is read`, async () => {
      expectCube(await load(content), warnings);
    });
  }

  test("a binary STL of Magics uses the default color for a triangle without its own", async () => {
    const bytes = Buffer.from(cubeStlBinary());
    bytes.write("COLOR=", 10, "latin1");
    bytes.set([255, 0, 255, 255], 16);
    bytes.writeUInt16LE(0x03e0, 84 + 48); // green
    bytes.writeUInt16LE(0x8000, 84 + 50 + 48); // the default color, by bit 15
    const [ownColor, defaultByBit, defaultByZero] = colorsOf((await load(bytes)).object);
    expect(ownColor).toEqual([0, 1, 0]);
    expect(defaultByBit).toEqual([1, 0, 1]);
    expect(defaultByZero).toEqual([1, 0, 1]);
  });

  test("a binary STL of VisCAM has a color with red in the highest bits; attributes that are all equal are not colors", async () => {
    const bytes = Buffer.from(cubeStlBinary());
    for (let i = 0; i < 12; i += 1) bytes.writeUInt16LE(i === 1 ? 0xfc00 : 0x801f, 84 + 50 * i + 48);
    const [blue, red] = colorsOf((await load(bytes)).object);
    expect([blue, red]).toEqual([
      [0, 0, 1],
      [1, 0, 0],
    ]);
    for (let i = 0; i < 12; i += 1) bytes.writeUInt16LE(0xffff, 84 + 50 * i + 48);
    expectCube(await load(bytes), []);
  });
});
