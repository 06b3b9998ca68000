import { afterAll, describe, expect, test } from "bun:test";
import { dirname, join } from "node:path";
import { formatDocument, isDocument, readDocument } from "../../src/document/document-file.ts";
import { documentOf, layersOf, withLayers } from "../../src/document/document-layers.ts";
import { filesOf } from "../../src/document/scene-document.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const files = new TemporaryDirectory();
afterAll(() => files[Symbol.dispose]());

describe("a file with a scene document", () => {
  test("has paths relative to its folder", () => {
    const path = files.write(
      "figure.scenecast.json",
      '\uFEFF{"version": 1, "layers": [{"file": "sub/a.trk", "mask": "../m.nii", "overlays": [{"file": "/data/o"}]}]}',
    );
    const folder = dirname(path);
    const document = readDocument(path);
    expect(filesOf(document)).toEqual([join(folder, "../m.nii"), join(folder, "sub/a.trk"), "/data/o"]);
    const written = JSON.parse(formatDocument(document, folder));
    expect(written.layers[0].file).toBe("sub/a.trk");
    expect(written.layers[0].mask).toBe("../m.nii");
  });

  test("is recognized by its name", () => {
    expect(isDocument("a/b.scenecast.json")).toBe(true);
    expect(isDocument("a/b.json")).toBe(false);
  });

  test.each([
    [
      "broken.scenecast.json",
      "{",
      /^.*broken\.scenecast\.json: scene document: it is not valid JSON \(.+\)$/,
    ],
    ["unknown.scenecast.json", '{"version": 1, "layers": [], "x": 1}', /scene document: x is unknown/],
  ])("%s is refused with its name", (name, text, message) => {
    const path = files.write(name, text);
    expect(() => readDocument(path)).toThrow(message);
  });

  test("that does not exist, or is a folder, is refused with its name", () => {
    expect(() => readDocument("/nowhere/a.scenecast.json")).toThrow("there is no such file");
    expect(() => readDocument(files.path)).toThrow(/scene document: /);
  });
});

describe("a document of layers", () => {
  const layers = [
    {
      path: "/d/lh.pial",
      style: { opacity: 0.5, color: undefined },
      overlays: [{ path: "/d/lh.curv", style: { range: [0, 1] } }],
    },
    { path: "/d/001.trk.gz", style: {}, overlays: [] },
    { path: "/e/001.trk", style: { colorBy: "fa" }, overlays: [] },
    { path: "/e/Ünï code.ply", style: {}, overlays: [] },
  ];

  test("has an id for each, from the name of its file", () => {
    const document = documentOf(layers);
    expect(document.layers.map((layer) => layer.id)).toEqual(["lh", "001", "001-2", "-n-code"]);
    expect(document.layers[0]).toEqual({
      ...{ id: "lh", file: "/d/lh.pial", opacity: 0.5 },
      overlays: [{ id: "lh", file: "/d/lh.curv", range: [0, 1] }],
    });
  });

  test("gives the same layers back", () => {
    const [first, ...rest] = layers;
    expect(layersOf(documentOf(layers))).toEqual([{ ...first, style: { opacity: 0.5 } }, ...rest] as never);
    expect(layersOf(withLayers(documentOf(layers), layers))).toHaveLength(8);
  });
});
