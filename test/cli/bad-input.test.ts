import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { cornerObj } from "../support/model.ts";
import { RunningScenecast, runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const files = new TemporaryDirectory();
const model = files.write("corner.obj", cornerObj());
afterAll(() => files[Symbol.dispose]());

/** Header of a GLB file: magic, version 2, and total length. */
function glbHeader(length: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(12));
  header.setUint32(0, 0x46546c67, true);
  header.setUint32(4, 2, true);
  header.setUint32(8, length, true);
  return new Uint8Array(header.buffer);
}

const HUGE_PLY = `ply
format binary_little_endian 1.0
element vertex 715827882
property float x
property float y
property float z
end_header
`;

/** Expects one line with an error message that contains these parts, and no stack trace. */
function expectSentence(stderr: string, ...parts: string[]): void {
  expect(stderr).toStartWith("scenecast: ");
  for (const part of parts) expect(stderr).toContain(part);
  expect(stderr.length).toBeLessThan(600);
  expect(stderr).not.toMatch(/\n\s+at /);
  expect(stderr.trimEnd()).not.toContain("\n");
}

describe.each(["view", "render"])("%s of an invalid file", (command) => {
  const args = (file: string) =>
    command === "view" ? ["view", file, "--port", "0"] : ["render", file, "-o", `${files.path}/x.png`];

  test.each([
    ["a missing file", () => `${files.path}/missing.obj`, "missing.obj"],
    ["an empty file", () => files.write("empty.obj", ""), "empty"],
    ["a directory", () => files.path, "directory"],
    ["a truncated GLB", () => files.write("cut.glb", glbHeader(100_000)), "cut off"],
    ["a text file named .ply", () => files.write("text.ply", "Dear diary,\nno mesh today.\n"), "text.ply"],
    ["a PLY that declares 8 GB of vertices", () => files.write("huge.ply", HUGE_PLY), "huge.ply"],
    [
      "binary garbage",
      () =>
        files.write(
          "garbage.obj",
          Uint8Array.from({ length: 999 }, (_, i) => i * 37),
        ),
      "garbage.obj",
    ],
    [
      "an unknown format, which lists the supported ones",
      () => files.write("notes.docx", "PK\u0003\u0004nothing"),
      "glTF",
    ],
    ["a device", () => "/dev/zero", "/dev/zero"],
  ])(`${command} exits with 1 and one sentence for %s`, async (_, make, part) => {
    const { exitCode, stdout, stderr } = await runScenecast(args(make()));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expectSentence(stderr, part);
  });
});

test("view of a file whose damage is detected during loading exits with 1", async () => {
  const file = files.write("nan.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 99\n");
  const { exitCode, stderr } = await runScenecast(["view", file, "--port", "0", "--log-level", "error"]);
  expect(exitCode).toBe(1);
  expectSentence(stderr, "nan.obj");
});

test.each([
  ["a vertex is short of a coordinate", "v 1 2\nf 1 2 3\n"],
  ["there are only comments", "# no mesh\n"],
])("view of an OBJ file where %s prints the reason, without details of its processes", async (_, text) => {
  const file = files.write("reason.obj", text);
  const { exitCode, stderr } = await runScenecast(["view", file, "--port", "0"]);
  expect(exitCode).toBe(1);
  expectSentence(stderr, "reason.obj: OBJ: ");
});

test("view on a port in use exits with 1 and suggests --port", async () => {
  using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { exitCode, stdout, stderr } = await runScenecast(["view", model, "--port", String(taken.port)]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expectSentence(stderr, String(taken.port), "--port");
});

test("render reports a missing output directory before it loads the file", async () => {
  const { exitCode, stderr } = await runScenecast(["render", model, "-o", `${files.path}/none/x.png`]);
  expect(exitCode).toBe(1);
  expectSentence(stderr, "/none");
});

test("an invalid --camera is bad usage", async () => {
  for (const camera of ["{", '{"position":[1,2]}', '{"position":[0,0,null]}']) {
    const { exitCode, stderr } = await runScenecast(["render", model, "-o", "-", "--camera", camera]);
    expect(exitCode).toBe(2);
    expectSentence(stderr, "--camera", "/state");
  }
});

test.each([
  ["view", ["view", model, "--port", "0"]],
  ["render", ["render", model, "-o", "-"]],
])("an invalid background colour is bad usage of %s, before anything is started", async (_, args) => {
  const { exitCode, stdout, stderr } = await runScenecast([...args, "--background", "blurple"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expectSentence(stderr, "blurple");
});

test.skipIf(existsSync("/dev/dri"))(
  "a missing GL driver is reported with advice (skipped with a GPU)",
  async () => {
    for (const args of [
      ["render", model, "-o", "-"],
      ["view", model, "--port", "0"],
    ]) {
      const { exitCode, stdout, stderr } = await runScenecast([...args, "--gl-backend", "gpu"]);
      expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
      expectSentence(stderr, "gpu", "Install");
    }
  },
);

test("view works with a read-only cache directory", async () => {
  const cache = `${files.path}/read-only`;
  mkdirSync(cache);
  chmodSync(cache, 0o500);
  await using app = await RunningScenecast.start(["view", model, "--gl-backend", "angle"], {
    env: { XDG_CACHE_HOME: cache },
  });
  const snapshot = await app.fetch("snapshot.png");
  expect(snapshot.status).toBe(200);
});

/** Runs a command with another mount at /dev/shm, in a separate mount namespace. */
async function withSharedMemory(mount: string, args: readonly string[]) {
  const [bun, main] = [process.execPath, `${import.meta.dir}/../../src/main.ts`];
  const child = Bun.spawn(["unshare", "-m", "sh", "-c", `${mount} && exec "$0" "$@"`, bun, main, ...args], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { exitCode: await child.exited, stdout, stderr };
}

const mayMount = Bun.spawnSync(["unshare", "-m", "true"]).success;

describe.skipIf(!mayMount)("view with limited shared memory (needs the right to mount)", () => {
  test("a full /dev/shm ends view with exit code 1 and a message", async () => {
    const { exitCode, stderr } = await withSharedMemory("mount -t tmpfs -o size=1m none /dev/shm", [
      ...["view", model, "--port", "0", "--log-level", "error"],
    ]);
    expect(exitCode).toBe(1);
    expectSentence(stderr, "/dev/shm");
  });

  test("a missing /dev/shm ends view with exit code 1 and a message", async () => {
    const { exitCode, stderr } = await withSharedMemory("mount -t proc none /dev/shm", [
      ...["view", model, "--port", "0", "--log-level", "error"],
    ]);
    expect(exitCode).toBe(1);
    expectSentence(stderr, "/dev/shm");
  });
});
