import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { decodeJpeg } from "../../src/native/jpeg.ts";
import { cubeObj, glb, texturedQuad } from "../formats/samples.ts";
import { RunningScenecast, runScenecast, until } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let files: TemporaryDirectory;
let cube: string;
beforeAll(() => {
  files = new TemporaryDirectory();
  cube = files.write("cube.obj", cubeObj());
});
afterAll(() => files[Symbol.dispose]());

/** Runs render with a frame of 96x64 px. @returns its result and the path of the image */
async function renderTo(
  name: string,
  file: string,
  options: string[] = [],
  env: Record<string, string> = {},
) {
  const output = join(files.path, name);
  const args = ["render", file, "-o", output, "--size", "96x64", ...options];
  return { output, ...(await runScenecast(args, env)) };
}

/** Byte offset of the centre pixel in an RGBA image of 96x64 px. */
const CENTER = (32 * 96 + 48) * 4;

describe("the output file of render", () => {
  test("an output file named .jpg or .jpeg, in any case, is a JPEG of the same picture as a PNG", async () => {
    const { output, exitCode, stderr } = await renderTo("cube.JPG", cube);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const { width, height, data } = decodeJpeg(new Uint8Array(readFileSync(output)));
    expect([width, height]).toEqual([96, 64]);
    expect(data[CENTER]).toBeGreaterThan(100);
    expect(data[0]).toBeLessThan(40);
  });

  test.each(["picture.gif", "picture", "png"])(
    "an output file named %s is refused before anything is rendered",
    async (name) => {
      const { exitCode, stderr } = await renderTo(name, cube);
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(
        /^scenecast: Cannot write the picture .*: its name must end with .png, .jpg, .jpeg or .webp\.\n$/,
      );
    },
  );
});

describe("pictures above the limits of the driver", () => {
  test("a picture above the limits is rendered in tiles with the content of a small one, as PNG and as JPEG", async () => {
    const small = await renderTo("small.png", cube, ["--size", "270x16"]);
    const reference = PNG.sync.read(readFileSync(small.output));
    for (const name of ["large.png", "large.jpg"]) {
      const { output, exitCode, stderr } = await renderTo(name, cube, ["--size", "8640x512"]);
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
      const bytes = readFileSync(output);
      const { width, height, data } = name.endsWith("png") ? PNG.sync.read(bytes) : decodeJpeg(bytes);
      expect([width, height]).toEqual([8640, 512]);
      for (const [x, y] of [
        [0, 0],
        [120, 8],
        [134, 8],
        [135, 4],
        [150, 12],
      ] as const) {
        const inSmall = reference.data[(y * 270 + x) * 4] ?? 0;
        const inLarge = data[((y * 32 + 16) * 8640 + x * 32 + 16) * 4] ?? 0;
        expect(Math.abs(inSmall - inLarge), `${name} ${x} ${y}`).toBeLessThan(12);
      }
    }
  });
});

describe("--root", () => {
  let model: string;
  beforeAll(() => {
    mkdirSync(join(files.path, "models"));
    files.write("paint.mtl", "newmtl m\nKd 1 0 0\n");
    model = files.write("models/cube.obj", cubeObj("mtllib ../paint.mtl\nusemtl m\n"));
  });
  const centerColor = async (
    options: string[],
    env: Record<string, string> = {},
  ): Promise<[number[], string]> => {
    const { output, exitCode, stderr } = await renderTo("root.png", model, options, env);
    expect(exitCode).toBe(0);
    return [[...PNG.sync.read(readFileSync(output)).data.subarray(CENTER, CENTER + 3)], stderr];
  };

  test("--root defaults to the model's folder, and the warning about a file outside of it names the option", async () => {
    const [[, green = 0], stderr] = await centerColor([]);
    expect(green).toBeGreaterThan(100);
    expect(stderr).toContain(
      "lies outside of the file's folder and is not read; --root DIR widens what may be read",
    );
  });

  test("--root allows another folder, by the option or by the environment", async () => {
    for (const [options, env] of [
      [["--root", files.path], {}],
      [[], { SCENECAST_ROOT: files.path }],
    ] as const) {
      const [[red = 0, green = 0], stderr] = await centerColor([...options], env);
      expect(stderr).toBe("");
      expect(red).toBeGreaterThan(100);
      expect(green).toBeLessThan(20);
    }
  });

  test("--root is bad usage if the path is not a folder", async () => {
    const { exitCode, stderr } = await runScenecast(["render", model, "-o", "-", "--root", model]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("There is no such folder.");
  });
});

describe("--background transparent", () => {
  test("--background transparent makes a PNG with alpha 0 in the background, 255 on the object, and edge colors that are not darkened", async () => {
    const { output, exitCode } = await renderTo("clear.png", cube, ["--background", "Transparent"]);
    expect(exitCode).toBe(0);
    const { data } = PNG.sync.read(readFileSync(output));
    expect([...data.subarray(0, 4)]).toEqual([0, 0, 0, 0]);
    expect(data[CENTER + 3]).toBe(255);
    const edges: number[] = [];
    for (let i = 0; i < data.length; i += 4) {
      const alpha = data[i + 3] ?? 0;
      if (alpha > 0 && alpha < 255) edges.push(data[i] ?? 0);
    }
    expect(edges.length).toBeGreaterThan(10);
    // The darkest side of the cube has 60. With premultiplied alpha an edge pixel would have down to a quarter of that, 15.
    expect(Math.min(...edges)).toBeGreaterThan(40);
  });

  test("--background transparent is refused for a JPEG, and by view", async () => {
    expect(await renderTo("clear.jpg", cube, ["--background", "transparent"])).toMatchObject({
      exitCode: 2,
      stdout: "",
      stderr:
        "scenecast: A JPEG cannot have a transparent background: write a .png or .webp, or give a color.\n",
    });
    const view = await runScenecast(["view", cube, "--port", "0", "--background", "transparent"]);
    expect(view.exitCode).toBe(2);
    expect(view.stderr).toContain('"transparent" is not opaque');
  });
});

describe("an image in which nothing is visible", () => {
  const flat = (): string => {
    const { json, body } = texturedQuad();
    return files.write("flat.glb", glb({ json: { ...json, nodes: [{ mesh: 0, scale: [0, 0, 0] }] }, body }));
  };

  test("a tiled picture without visible objects is reported", async () => {
    const { exitCode, stderr } = await renderTo("blank.png", flat(), ["--size", "9000x64", "--strict"]);
    expect(exitCode).toBe(3);
    expect(stderr).toContain("Nothing is visible in the picture: ");
  });

  test("an image without visible objects is written, with a warning that gives the reason", async () => {
    const { output, exitCode, stdout, stderr } = await renderTo("nothing.png", flat(), ["--json"]);
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(
      /^\S+ warning: Nothing is visible in the picture: all of it is in one point: .*\.\n$/,
    );
    expect(JSON.parse(stdout)).toMatchObject({ output, visible: false });
    expect(PNG.sync.read(readFileSync(output)).width).toBe(96);
  });

  test("an image without visible objects ends render --strict with exit code 3", async () => {
    const { exitCode, stderr } = await renderTo("strict.png", flat(), ["--strict"]);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^scenecast: Nothing is visible in the picture: .*\.\n$/);
  });

  test("an image without visible objects causes the same warning in view", async () => {
    await using view = await RunningScenecast.start(["view", flat()]);
    const warning = /warning: Nothing is visible in the picture: all of it is in one point: /;
    await until(() => warning.test(view.stderr), "the warning of view");
  });

  test("an image with visible objects causes no warning, also with --strict", async () => {
    const { exitCode, stderr } = await renderTo("something.png", cube, ["--strict"]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  });
});

test("a still of an animated file is framed to its current pose, not to the whole animation", async () => {
  const { json, body } = texturedQuad();
  const still = { ...json, animations: [] };
  const [animated, first] = [
    await renderTo("moving.png", files.write("moving.glb", glb({ json, body }))),
    await renderTo("still.png", files.write("still.glb", glb({ json: still, body }))),
  ];
  expect([animated.exitCode, first.exitCode]).toEqual([0, 0]);
  expect(readFileSync(animated.output).equals(readFileSync(first.output))).toBe(true);
});

describe("--camera file", () => {
  test("--camera file uses the first camera of a glTF file", async () => {
    const { json, body } = texturedQuad();
    const nodes = [{ mesh: 0 }, { camera: 0, translation: [1, 2, 7], rotation: [0, 0, 1, 0] }];
    const cameras = [{ type: "perspective", perspective: { yfov: Math.PI / 6, znear: 0.1 } }];
    const document = { ...json, nodes, cameras, scenes: [{ nodes: [0, 1] }], animations: [] };
    const path = files.write("camera.glb", glb({ json: document, body }));
    const { exitCode, stdout } = await renderTo("camera.png", path, ["--camera", "file", "--json"]);
    expect(exitCode).toBe(0);
    const { camera } = JSON.parse(stdout);
    expect(camera.position).toEqual([1, 2, 7]);
    expect(camera.focalPoint).toEqual([1, 2, 0]);
    expect(camera.viewUp[1]).toBeCloseTo(-1, 6);
    expect(camera.viewAngle).toBeCloseTo(30, 6);
  });

  test("--camera file uses an orthographic camera without perspective", async () => {
    const { json, body } = texturedQuad();
    // Two quads of the same size, one four times as far away.
    const nodes = [
      { mesh: 0, translation: [-1.5, 0, 0] },
      { mesh: 0, translation: [1.5, 0, -21] },
      { camera: 0, translation: [0, 0, 7], scale: [2, 2, 2] },
    ];
    const cameras = [{ type: "orthographic", orthographic: { xmag: 3, ymag: 2, znear: 0.1, zfar: 100 } }];
    const document = { ...json, nodes, cameras, scenes: [{ nodes: [0, 1, 2] }], animations: [] };
    const path = files.write("orthographic.glb", glb({ json: document, body }));
    const options = ["--background", "transparent", "--json", "--camera"];
    const { output, exitCode, stdout } = await renderTo("orthographic.png", path, [...options, "file"]);
    expect(exitCode).toBe(0);
    const { camera } = JSON.parse(stdout);
    expect(camera).toMatchObject({ position: [0, 0, 7], parallelScale: 4 });
    const image = PNG.sync.read(readFileSync(output));
    const rowsAt = (column: number) =>
      Array.from({ length: 64 }, (_, row) => image.data[(row * 96 + column) * 4 + 3]).filter(
        (alpha) => alpha === 255,
      ).length;
    // 64 rows are 8 units, and a quad is 2 high.
    expect([rowsAt(48 - 12), rowsAt(48 + 12)]).toEqual([16, 16]);
    const repeated = await renderTo("repeated.png", path, [...options, JSON.stringify(camera)]);
    expect(repeated.exitCode).toBe(0);
    expect(readFileSync(repeated.output).equals(readFileSync(output))).toBe(true);
  });

  test("--camera file is refused for a file without a camera, with advice", async () => {
    const { exitCode, stderr } = await renderTo("none.png", cube, ["--camera", "file"]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^scenecast: There is no camera in cube\.obj; without --camera .*\n$/);
  });
});

describe("a load without progress", () => {
  const program = join(import.meta.dir, "programs/stalled-load.ts");
  const run = async (kind: string) => {
    const child = Bun.spawn([process.execPath, program, kind], { stdout: "pipe", stderr: "pipe" });
    const [stdout, stderr] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    return { stdout, stderr, exitCode: await child.exited };
  };
  const sentence =
    "scenecast: model.glb cannot be loaded: there was no progress for 1 s. The file is probably damaged; save it again or convert it.\n";

  test.each(["spin", "wait"])("a load that would %s forever ends with an error message", async (kind) => {
    expect(await run(kind)).toEqual({ stdout: "", stderr: sentence, exitCode: 1 });
  });

  test("a load with progress is not ended, however long it takes", async () => {
    expect(await run("work")).toEqual({ stdout: "loaded\n", stderr: "", exitCode: 0 });
  });
});
