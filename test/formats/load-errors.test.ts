import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { closeSync, mkdirSync, openSync, symlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DETECTION_BYTES } from "../../src/formats/detection-bytes.ts";
import { inspectFile } from "../../src/formats/inspect-file.ts";
import { describeSystemError, LoadError } from "../../src/formats/load-error.ts";
import { loadScene } from "../../src/scene/load-scene.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { plyFile } from "./ply-builder.ts";
import {
  cubeObj,
  cubePlyAscii,
  cubePlyBinary,
  cubeStlAscii,
  cubeStlBinary,
  type GltfParts,
  glb,
  texturedQuad,
} from "./samples.ts";

let directory: TemporaryDirectory;
beforeAll(() => {
  directory = new TemporaryDirectory();
});
afterAll(() => directory[Symbol.dispose]());

function expectLoadError(error: unknown, path: string, pattern: RegExp): void {
  expect(error).toBeInstanceOf(LoadError);
  const { message } = error as LoadError;
  expect(message).toMatch(pattern);
  expect(message.length).toBeLessThan(600);
  expect(message).not.toMatch(/[\p{Cc}]|\bat .*:\d+:\d+/u);
  expect(message.startsWith(path)).toBe(true);
}

function inspectError(path: string): unknown {
  try {
    return inspectFile(path);
  } catch (error) {
    return error;
  }
}

const loadError = (path: string): Promise<unknown> => loadScene(path).catch((error: unknown) => error);

describe("inspectFile", () => {
  const cases: readonly (readonly [name: string, content: string | Uint8Array, pattern: RegExp])[] = [
    ["empty.obj", "", /the file is empty/],
    ["text.ply", "Dear diary,\ntoday.", /plain text .*"Dear diary,", not PLY as its name says; .*OBJ.*GLB/],
    ["unknown.dat", "nothing known", /plain text .*; files that can be shown: OBJ, PLY, STL, glTF, GLB/],
    ["garbage.bin", Uint8Array.from({ length: 999 }, (_, i) => (i * 7919) % 256), /binary data/],
    [
      "cut.ply",
      cubePlyBinary().subarray(0, 178),
      /PLY: line 3: the header declares 8 vertices, but the file ends before the first: it is cut off/,
    ],
    ["cut-header.ply", cubePlyAscii().slice(0, 80), /PLY: line \d+: no end_header: the file is cut off/],
    [
      "huge.ply",
      "ply\nformat binary_little_endian 1.0\nelement vertex 4000000000\nproperty float x\nproperty float y\nproperty float z\nend_header\n",
      /PLY: line 3: the header declares 4000000000 vertices, but the file ends before the first/,
    ],
    ["minus.ply", cubePlyAscii().replace("vertex 8", "vertex -8"), /PLY: line 4: .*"-8", not a whole number/],
    ["zero.ply", cubePlyAscii().replace("vertex 8", "vertex 0"), /0 vertices: there is nothing to draw/],
    ["type.ply", cubePlyAscii().replace("float y", "quux y"), /PLY: line 6: unknown property type/],
    ["cut.stl", cubeStlBinary().subarray(0, 60), /STL: byte 60: the file is cut off in its header/],
    ["zero.stl", new Uint8Array(84), /STL: byte 80: there are 0 triangles/],
    ["cut-text.stl", cubeStlAscii().slice(0, 50), /STL: there are no triangles/],
    ["none.stl", "solid nothing\nendsolid nothing\n", /STL: there are no triangles/],
    ["cut.gltf", JSON.stringify(texturedQuad().json).slice(0, 200), /glTF: byte 200: .*cut off/],
  ];
  for (const [name, content, pattern] of cases) {
    test(`the invalid file ${name} is refused before it is read`, async () => {
      const path = directory.write(name, content);
      expectLoadError(inspectError(path), path, pattern);
      expectLoadError(await loadError(path), path, pattern);
    });
  }

  test("a missing file, a directory, a device and a pipe are refused", () => {
    const missing = join(directory.path, "missing.obj");
    expectLoadError(inspectError(missing), missing, /there is no such file/);
    expectLoadError(inspectError(directory.path), directory.path, /this is a folder/);
    expectLoadError(inspectError("/dev/zero"), "/dev/zero", /this is a device, not a regular file/);
    const pipe = join(directory.path, "pipe.ply");
    expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
    expectLoadError(inspectError(pipe), pipe, /this is a pipe, not a regular file/);
    const link = join(directory.path, "link.ply");
    symlinkSync("/dev/urandom", link);
    expectLoadError(inspectError(link), link, /this is a device/);
    const loop = join(directory.path, "loop.ply");
    symlinkSync(loop, loop);
    expectLoadError(inspectError(loop), loop, /form a loop/);
  });

  test("a permission error says how to get access", () => {
    const error = Object.assign(new Error("EACCES: permission denied"), { code: "EACCES" });
    expect(describeSystemError(error)).toMatch(/no permission to read this file; change it with chmod/);
  });

  test("a glTF file of 3 GB is rejected without reading it", () => {
    const path = join(directory.path, "large.gltf");
    const fd = openSync(path, "w");
    writeSync(fd, `{"asset": {"version": "2.0"}${" ".repeat(DETECTION_BYTES)}`);
    writeSync(fd, "}", 3_000_000_000);
    closeSync(fd);
    expectLoadError(inspectError(path), path, /3\.0 GB exceeds the limit of 537 MB; save it as GLB/);
  });

  test("control characters in a file name are replaced in the message", () => {
    const error = inspectError("evil\u001b[31m\nname.obj") as LoadError;
    expect(error.message).toBe("evil?[31m name.obj: there is no such file");
  });

  test("a long file name keeps its end, and the message stays short", () => {
    const error = inspectError(`${"d".repeat(200)}/${"e".repeat(200)}/mesh.obj`) as LoadError;
    expect(error.message).toContain("eee/mesh.obj: ");
    expect(error.message.length).toBeLessThan(600);
  });
});

describe("loadScene", () => {
  const quad = (change: (parts: GltfParts & { json: Record<string, never> }) => void): Uint8Array => {
    const parts = structuredClone(texturedQuad());
    change(parts as GltfParts & { json: Record<string, never> });
    return glb(parts);
  };
  const cases: readonly (readonly [name: string, content: string | Uint8Array, pattern: RegExp])[] = [
    [
      "nan.obj",
      "v nan 0 0\nv 1 inf 0\nv 1 1 NaN\nf 1 2 3\n",
      /OBJ: none of its coordinates is a finite number/,
    ],
    [
      "word.ply",
      cubePlyAscii().replace("\n1 -1 -1 255", "\n1 zero -1 255"),
      /PLY: line 15: "zero" is not a number/,
    ],
    [
      "length.ply",
      cubePlyAscii().replace("\n3 3 2 1", "\n-3 3 2 1"),
      /PLY: line 22: -3 is not a valid list length/,
    ],
    [
      "index.ply",
      cubePlyAscii().replaceAll("\n3 ", "\n3 8"),
      /PLY: a face uses vertex 8\d, but there are only 8/,
    ],
    [
      "splats.ply",
      plyFile([
        { name: "chunk", properties: ["float min_x"], rows: [[0]] },
        { name: "vertex", properties: ["uint packed_position", "uint packed_rotation"], rows: [[1, 2]] },
      ]),
      /PLY: line 5: these are compressed Gaussian splats .*; export them as an uncompressed splat PLY/,
    ],
    [
      "short.stl",
      cubeStlAscii().replace(/ +vertex.*\n( +endloop)/g, "$1"),
      /STL: there are no triangles in it/,
    ],
    ["vertex.stl", cubeStlAscii().replace("vertex -1", "vertex one"), /STL: line 4: "one" is not a number/],
    ["json.glb", quad(() => {}).fill(0x7b, 24, 40), /GLB: its JSON is damaged/],
    [
      "version.glb",
      quad(({ json }) => Object.assign(json, { asset: { version: "1.0" } })),
      /this is glTF 1.0 of 2015, which is not supported/,
    ],
    [
      "strange.glb",
      quad(({ json }) => Object.assign(json, { extensionsRequired: ["ACME_wobble"] })),
      /extension "ACME_wobble", which is not supported/,
    ],
    [
      "count.glb",
      quad(({ json }) => Object.assign(json.accessors?.[0] ?? {}, { count: 4_000_000_000 })),
      /accessor 0 declares 4000000000 values, which end at byte 48000000000 of a buffer view of 48 bytes/,
    ],
    [
      "zeros.glb",
      quad(({ json }) =>
        Object.assign(json.accessors?.[0] ?? {}, { count: 4_000_000_000, bufferView: undefined }),
      ),
      /accessors without data declare 48 GB/,
    ],
    [
      "view.glb",
      quad(({ json }) => Object.assign(json.bufferViews?.[0] ?? {}, { byteOffset: 1e9 })),
      /buffer view 0 ends at byte 1000000048 of a buffer of \d+ bytes/,
    ],
    [
      "cycle.glb",
      quad(({ json }) => Object.assign(json, { nodes: [{ children: [1] }, { children: [0], mesh: 0 }] })),
      /the node hierarchy has .* or a cycle/,
    ],
    [
      "deep.glb",
      quad(({ json }) =>
        Object.assign(json, {
          nodes: Array.from({ length: 5000 }, (_, i) => (i < 4999 ? { children: [i + 1] } : { mesh: 0 })),
        }),
      ),
      /the node hierarchy has more than 500 levels/,
    ],
    [
      "parents.glb",
      quad(({ json }) => Object.assign(json, { nodes: [{ children: [2] }, { children: [2] }, { mesh: 0 }] })),
      /node 2 is a child of two nodes/,
    ],
    [
      "missing-child.glb",
      quad(({ json }) => Object.assign(json, { nodes: [{ children: [7] }] })),
      /node 0 has node 7 as a child, which does not exist/,
    ],
    ["no-mesh.glb", quad(({ json }) => Object.assign(json, { nodes: [{}] })), /there is nothing to draw/],
    [
      "outside.gltf",
      JSON.stringify({ ...texturedQuad().json, buffers: [{ uri: "../../../etc/passwd", byteLength: 4 }] }),
      /"..\/..\/..\/etc\/passwd" lies outside of the file's folder and is not read/,
    ],
    [
      "web.gltf",
      JSON.stringify({
        ...texturedQuad().json,
        buffers: [{ uri: "http://localhost:1/a.bin", byteLength: 4 }],
      }),
      /"http:\/\/localhost:1\/a.bin" is not fetched: only local files are read/,
    ],
    [
      "absent.gltf",
      JSON.stringify({ ...texturedQuad().json, buffers: [{ uri: "absent.bin", byteLength: 4 }] }),
      /"absent.bin" does not exist/,
    ],
  ];
  for (const [name, content, pattern] of cases) {
    test(`the damaged file ${name} is refused while it is read`, async () => {
      const path = directory.write(name, content);
      expectLoadError(await loadError(path), path, pattern);
    });
  }

  test("the error for several files names the first one that cannot be shown", async () => {
    const valid = directory.write("good.obj", cubeObj());
    const invalid = directory.write("bad.obj", "v 0 0 0\nf 1 2 3\n");
    const error = await loadScene([valid, invalid]).catch((reason: unknown) => reason);
    expectLoadError(error, invalid, /OBJ: line 2: vertex 2 does not exist/);
  });

  test("a sample truncated at any length is either loaded or refused with a message", async () => {
    const samples = {
      "w.obj": Buffer.from(cubeObj()),
      "w.ply": Buffer.from(cubePlyAscii()),
      "b.ply": Buffer.from(cubePlyBinary()),
      "w.stl": Buffer.from(cubeStlAscii()),
      "b.stl": Buffer.from(cubeStlBinary()),
      "w.glb": Buffer.from(glb(texturedQuad())),
    };
    mkdirSync(join(directory.path, "cuts"));
    for (const [name, sample] of Object.entries(samples)) {
      for (let length = 1; length < sample.byteLength; length += 1 + Math.floor(sample.byteLength / 60)) {
        const path = directory.write(join("cuts", name), sample.subarray(0, length));
        const outcome = await loadScene(path).catch((error: unknown) => error);
        if (outcome instanceof Error) expectLoadError(outcome, path, /./);
      }
    }
  });
});
