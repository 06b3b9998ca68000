import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { cubeObj, glb, texturedQuad } from "../formats/samples.ts";
import { runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let files: TemporaryDirectory;
let cube: string;
beforeAll(() => {
  files = new TemporaryDirectory();
  cube = files.write("cube.obj", cubeObj());
});
afterAll(() => files[Symbol.dispose]());

test("info prints kind, counts and extent of each file", async () => {
  const quad = files.write("quad.glb", glb(texturedQuad()));
  const { exitCode, stdout, stderr } = await runScenecast(["info", cube, quad]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).toContain(`${cube}: OBJ, `);
  expect(stdout).toMatch(/counts +8 vertices, 12 triangles/);
  expect(stdout).toMatch(/extent +x \S+ to \S+, y \S+ to \S+, z \S+ to \S+\n/);
  expect(stdout).toMatch(/kind +gltf\n.*1 meshes/);
});

test("info --json prints one object per file", async () => {
  const { exitCode, stdout } = await runScenecast(["info", "--json", cube]);
  expect(exitCode).toBe(0);
  const [summary, ...others] = JSON.parse(stdout);
  expect(others).toEqual([]);
  expect(summary).toMatchObject({ file: cube, format: "OBJ", kind: "mesh", counts: { triangles: 12 } });
});

test("info of a file that cannot be read is one sentence", async () => {
  const { exitCode, stdout, stderr } = await runScenecast(["info", join(files.path, "absent.obj")]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toMatch(/^scenecast: .*absent\.obj: there is no such file\n$/);
});
