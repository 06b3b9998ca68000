import { afterAll, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { cornerObj } from "../support/model.ts";
import { RunningScenecast, runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { expectRefusal, expectSentence } from "./refusals.ts";

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

describe.each(["view", "render"])("%s of an invalid file", (command) => {
  const args = (file: string) =>
    command === "view" ? ["view", file, "--port", "0"] : ["render", file, "-o", `${files.path}/x.png`];

  test.each([
    ["a missing file", () => `${files.path}/missing.obj`, "missing.obj"],
    ["an empty file", () => files.write("empty.obj", ""), "empty"],
    ["a folder", () => files.path, "folder"],
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
    await expectRefusal(args(make()), 1, part);
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
  using other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  await expectRefusal(["view", model, "--port", String(other.port)], 1, String(other.port), "--port");
});

test("render reports a missing output directory before it loads the file", async () => {
  await expectRefusal(["render", model, "-o", `${files.path}/none/x.png`], 1, "/none");
});

test("an invalid --camera is bad usage", async () => {
  for (const camera of ["{", '{"position":[1,2]}', '{"position":[0,0,null]}']) {
    await expectRefusal(["render", model, "-o", "-", "--camera", camera], 2, "--camera", "/state");
  }
});

test.each([
  ["view", ["view", model, "--port", "0"]],
  ["render", ["render", model, "-o", "-"]],
])("an invalid background color is bad usage of %s, before anything is started", async (_, args) => {
  await expectRefusal([...args, "--background", "blurple"], 2, "blurple");
});

test.skipIf(existsSync("/dev/dri"))(
  "a missing GL driver is reported with advice (skipped with a GPU)",
  async () => {
    for (const args of [
      ["render", model, "-o", "-"],
      ["view", model, "--port", "0"],
    ]) {
      await expectRefusal([...args, "--gl-backend", "gpu"], 1, "gpu", "Install");
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
