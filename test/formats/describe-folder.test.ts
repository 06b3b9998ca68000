import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describeFolder } from "../../src/formats/describe-folder.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

test("a folder is described by the files in it that can be shown, in the order of their numbers", () => {
  using folder = new TemporaryDirectory();
  expect(describeFolder(folder.path)).toBe("this is a folder without files that can be shown; give a file");
  for (const name of ["b10.ply", "b9.PLY", "a.obj.gz", "readme.txt", ".ply", "ply"]) folder.write(name, "");
  mkdirSync(join(folder.path, "folder.obj"));
  expect(describeFolder(folder.path)).toBe(
    "this is a folder; files in it that can be shown: a.obj.gz, b9.PLY, b10.ply",
  );
  for (let i = 0; i < 20; i += 1) folder.write(`c${i}.stl`, "");
  expect(describeFolder(folder.path)).toEndWith(
    "b10.ply, c0.stl, c1.stl, c2.stl, c3.stl, c4.stl and 15 more",
  );
});

test("the folder of a TRX data set is recognized", () => {
  using folder = new TemporaryDirectory();
  for (const name of ["header.json", "positions.3.float16", "offsets.uint32"]) folder.write(name, "");
  expect(describeFolder(folder.path)).toBe("this is the folder of a TRX data set; give its header.json");
});
