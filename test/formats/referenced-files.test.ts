import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import {
  type ReadOptions,
  ReferencedFileError,
  ReferencedFiles,
} from "../../src/formats/referenced-files.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let directory: TemporaryDirectory;
let model: string;
beforeAll(() => {
  directory = new TemporaryDirectory();
  for (const folder of ["model/maps/Deep", "model/50%", "elsewhere"]) {
    mkdirSync(join(directory.path, folder), { recursive: true });
  }
  const write = (name: string): string => directory.write(name, name);
  model = write("model/model.obj");
  for (const name of ["wood.png", "ä b.png", "a%20b.png", "100%.bin", "back\\slash.png"])
    write(`model/${name}`);
  for (const name of ["maps/maps.mtl", "maps/Deep/Bark.PNG", "50%/x.png", "Same.png", "same.png"]) {
    write(`model/${name}`);
  }
  write("elsewhere/far.png");
  symlinkSync(join(directory.path, "elsewhere/far.png"), join(dirname(model), "linked.png"));
});
afterAll(() => directory[Symbol.dispose]());

function read(name: string, options: ReadOptions = {}, root?: string): { found: string; warnings: string[] } {
  const files = new ReferencedFiles(model, { root });
  const { bytes } = files.read(name, 1000, options);
  return { found: new TextDecoder().decode(bytes), warnings: files.warnings };
}

function readErrorMessage(name: string, options: ReadOptions = {}): string {
  try {
    read(name, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ReferencedFileError);
    return (error as Error).message;
  }
  throw new Error(`${name} was read`);
}

describe("names of files in a model", () => {
  const uri = { uri: true };
  for (const [name, found, options] of [
    ["wood.png", "wood.png", {}],
    [" ./maps/../wood.png ", "wood.png", {}],
    ['"ä b.png"', "ä b.png", {}],
    ["maps\\Deep\\Bark.PNG", "maps/Deep/Bark.PNG", {}],
    ["back\\slash.png", "back\\slash.png", {}],
    ["MAPS/deep/bark.png", "maps/Deep/Bark.PNG", {}],
    ["WOOD.PNG", "wood.png", {}],
    ["same.png", "same.png", {}],
    ["Same.png", "Same.png", {}],
    ["A\u0308 B.png", "ä b.png", {}],
    ["100%.bin", "100%.bin", {}],
    ["a%20b.png", "a%20b.png", {}],
    ["%C3%A4%20b.png", "ä b.png", uri],
    ["ä b.png", "ä b.png", uri],
    ["a%20b.png", "a%20b.png", uri],
    ["100%.bin", "100%.bin", uri],
    ["100%25.bin", "100%.bin", uri],
    ["50%/x.png", "50%/x.png", uri],
    ["wood.png?version=3#top", "wood.png", uri],
    ["linked.png", "elsewhere/far.png", {}],
  ] as const) {
    test(`${JSON.stringify(name)}${"uri" in options ? " as a URI" : ""} is resolved without a warning`, () => {
      const expected = found.startsWith("elsewhere") ? found : `model/${found}`;
      expect(read(name, options)).toEqual({ found: expected, warnings: [] });
    });
  }

  test("a name is relative to the library that contains it, or else to the model", () => {
    const from = join(dirname(model), "maps/maps.mtl");
    expect(read("Deep/Bark.PNG", { from })).toEqual({ found: "model/maps/Deep/Bark.PNG", warnings: [] });
    expect(read("../wood.png", { from })).toEqual({ found: "model/wood.png", warnings: [] });
    expect(read("wood.png", { from })).toEqual({ found: "model/wood.png", warnings: [] });
  });
});

describe("paths of another machine", () => {
  for (const [name, found] of [
    ["C:\\Users\\me\\wood.png", "wood.png"],
    ["C:\\Users\\me\\maps\\deep\\bark.png", "maps/Deep/Bark.PNG"],
    ["\\\\server\\share\\wood.png", "wood.png"],
    ["/home/me/maps/Deep/Bark.PNG", "maps/Deep/Bark.PNG"],
    ["../elsewhere/wood.png", "wood.png"],
    ["file:///C:/me/wood.png", "wood.png"],
  ] as const) {
    test(`${name} is resolved by path suffix, with a warning`, () => {
      const { found: bytes, warnings } = read(name);
      expect(bytes).toBe(`model/${found}`);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toEndWith(
        `lies outside of the file's folder; "${found}" is used instead (--root DIR widens what may be read)`,
      );
    });
  }

  test("a missing path below the model's folder is resolved by path suffix, with a warning", () => {
    expect(read("textures/wood.png").warnings).toEqual([
      '"textures/wood.png" does not exist; "wood.png" is used instead',
    ]);
  });
});

describe("invalid and forbidden names", () => {
  for (const [name, reason] of [
    [
      "../elsewhere/far.png",
      '"../elsewhere/far.png" lies outside of the file\'s folder and is not read; --root',
    ],
    ["C:/far.png", '"C:/far.png" lies outside of the file\'s folder'],
    ["/etc/hostname", '"/etc/hostname" lies outside of the file\'s folder'],
    ["none.png", '"none.png" does not exist'],
    ["maps", '"maps" is not a regular file'],
    ["..", '".." lies outside of the file\'s folder'],
    [" ", '"" is not a file name'],
    ["a\0b", '"a?b" is not a file name'],
    [`${"../".repeat(2000)}x`, "is not a file name"],
    ["https://example.org/a.png", "is not fetched: only local files are read"],
  ] as const) {
    test(`${JSON.stringify(name.slice(0, 40))} is refused`, () =>
      expect(readErrorMessage(name)).toContain(reason));
  }

  test("a file above the size limit is refused", () => {
    expect(() => new ReferencedFiles(model).read("wood.png", 5)).toThrow("has 14 bytes, more than 5 bytes");
  });
});

test("--root allows reading from another folder", () => {
  const root = directory.path;
  expect(read("../elsewhere/far.png", {}, root)).toEqual({ found: "elsewhere/far.png", warnings: [] });
  const absolute = join(directory.path, "elsewhere/FAR.png");
  expect(read(absolute, {}, root)).toEqual({ found: "elsewhere/far.png", warnings: [] });
  expect(read(absolute, { uri: true }, join(root, "elsewhere")).found).toBe("elsewhere/far.png");
});
