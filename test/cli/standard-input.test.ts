import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cubeObj } from "../formats/samples.ts";
import { COMMAND } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let files: TemporaryDirectory;
let temporary: TemporaryDirectory;
beforeAll(() => {
  files = new TemporaryDirectory();
  temporary = new TemporaryDirectory();
});
afterAll(() => {
  files[Symbol.dispose]();
  temporary[Symbol.dispose]();
});

async function pipe(input: string | Uint8Array, args: readonly string[]) {
  const child = Bun.spawn([...COMMAND, ...args], {
    env: { ...process.env, TMPDIR: temporary.path },
    stdin: new Blob([input as BlobPart]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode: await child.exited, stdout, stderr };
}

test("the file - is standard input, whose format is detected, also if it is compressed", async () => {
  const file = files.write("cube.obj", cubeObj());
  const output = join(files.path, "piped.png");
  expect(await pipe(cubeObj(), ["render", "-", "-o", output, "--size", "32x32"])).toMatchObject({
    exitCode: 0,
    stderr: "",
  });
  const named = join(files.path, "named.png");
  expect((await pipe("", ["render", file, "-o", named, "--size", "32x32"])).exitCode).toBe(0);
  expect(readFileSync(output).equals(readFileSync(named))).toBeTrue();
  const { stdout } = await pipe(Bun.gzipSync(cubeObj()), ["info", "--format", "obj", "-"]);
  expect(stdout).toMatch(/OBJ, .*\n.*mesh\n.*12 triangles/);
});

test("a large standard input is read in a Worker", async () => {
  const input = cubeObj() + "# padding\n".repeat(600_000);
  expect(
    (await pipe(input, ["render", "-", "-o", join(files.path, "large.png"), "--size", "32x32"])).exitCode,
  ).toBe(0);
});

test.each([
  ["", ["info", "-"], /^scenecast: standard input: the file is empty\n$/],
  ["words", ["info", "-"], /^scenecast: standard input: this is plain text/],
  ["", ["info", "-", "-"], /^scenecast: Standard input \(-\) can be only one of the files\.\n$/],
  [
    "",
    ["info", "--format", "obj", "x.obj"],
    /^scenecast: --format is for standard input: give - as the file\.\n$/,
  ],
])("the input %j of %j is refused with a sentence", async (input, args, message) => {
  const { exitCode, stderr } = await pipe(input, args);
  expect(exitCode).toBeGreaterThan(0);
  expect(stderr).toMatch(message);
});

test("no temporary file is left of standard input", async () => {
  expect([...new Bun.Glob("**").scanSync({ cwd: temporary.path, onlyFiles: false })]).toEqual([]);
});
