import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { documentOf } from "../../src/document/document-layers.ts";
import { FileRefusedError, SceneFiles } from "../../src/document/scene-files.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const folder = new TemporaryDirectory();
afterAll(() => folder[Symbol.dispose]());
const at = (path: string) => join(folder.path, path);
for (const name of ["data/sub", "root/inner"]) mkdirSync(at(name), { recursive: true });
for (const name of ["data/a.obj", "data/sub/b.obj", "data/c.obj", "root/d.obj", "root/inner/e.obj"])
  writeFileSync(at(name), "v 0 0 0\n");
symlinkSync(at("data/c.obj"), at("root/out-of-it.obj"));
symlinkSync("/etc", at("root/etc"));

const document = documentOf([
  { path: at("data/a.obj"), style: { mask: at("data/sub/b.obj") } },
  { path: "/proc/123/fd/4" },
]);

describe("the names of files in a scene document", () => {
  test("are relative to the folder that the files have in common, and say nothing about it", () => {
    const { layers } = new SceneFiles(document, {}).withNames(document);
    expect(layers).toEqual([
      { id: "a", file: "a.obj", mask: "sub/b.obj" },
      { id: "standard-input", file: "-" },
    ]);
    const inOneFolder = documentOf([{ path: at("data/sub/b.obj") }]);
    expect(new SceneFiles(inOneFolder, {}).nameOf(at("data/sub/b.obj"))).toBe("b.obj");
  });

  test("are relative to the folder of the document, if there is one", () => {
    const files = new SceneFiles(document, { folder: at("root") });
    expect(files.nameOf(at("data/a.obj"))).toBe("../data/a.obj");
    expect(files.pathOf("../data/a.obj")).toBe(at("data/a.obj"));
  });

  test("lead to the files that the scene began with, and to nothing else", () => {
    const files = new SceneFiles(document, {});
    expect(files.pathOf("a.obj")).toBe(at("data/a.obj"));
    expect(files.pathOf("./sub/../sub/b.obj")).toBe(at("data/sub/b.obj"));
    expect(files.pathOf(at("data/a.obj"))).toBe(at("data/a.obj"));
    expect(files.pathOf("-")).toBe("/proc/123/fd/4");
    for (const name of [
      "c.obj",
      "sub",
      "..",
      "/etc/passwd",
      "../root/d.obj",
      "../../../../etc/passwd",
      "/proc/self/fd/0",
    ])
      expect(() => files.pathOf(name)).toThrow(FileRefusedError);
  });

  test("lead to files below the root, but not out of it by a symbolic link", () => {
    const files = new SceneFiles(document, { root: at("root") });
    expect(files.pathOf("../root/d.obj")).toBe(at("root/d.obj"));
    expect(files.pathOf(at("root/inner/e.obj"))).toBe(at("root/inner/e.obj"));
    const outside = [
      "../root/out-of-it.obj",
      "../root/etc/passwd",
      "../root",
      "../root/missing.obj",
      "c.obj",
      "../rootless",
    ];
    for (const name of outside) expect(() => files.pathOf(name)).toThrow(FileRefusedError);
  });
});
