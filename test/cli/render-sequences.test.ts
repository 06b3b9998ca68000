import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expandTemplate, modelName } from "../../src/cli/output-template.ts";
import { cubeObj } from "../formats/samples.ts";
import { runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let files: TemporaryDirectory;
let cube: string;
let plate: string;
beforeAll(() => {
  files = new TemporaryDirectory();
  cube = files.write("cube.obj", cubeObj());
  plate = files.write("plate.obj", "v -1 -1 0\nv 1 -1 0\nv 1 1 0\nv -1 1 0\nf 1 2 3 4\n");
});
afterAll(() => files[Symbol.dispose]());

async function render(output: string, ...args: string[]) {
  const path = join(files.path, output);
  return { path, ...(await runScenecast(["render", "-o", path, "--size", "96x64", ...args])) };
}

/** Share of the pixels of a picture that are not background. */
async function covered(name: string): Promise<number> {
  const png = await new Bun.Image(readFileSync(join(files.path, name))).png().bytes();
  const { PNG } = await import("pngjs");
  const { data, width, height } = PNG.sync.read(Buffer.from(png));
  let count = 0;
  for (let i = 0; i < data.length; i += 4) if ((data[i] ?? 0) > 60) count += 1;
  return count / (width * height);
}

describe("several pictures of render", () => {
  test("--turntable writes numbered pictures from directions around the scene", async () => {
    const { exitCode, stdout } = await render(
      "turn-{n:3}.png",
      plate,
      "--turntable",
      "4",
      "--view",
      "front",
      "--json",
    );
    expect(exitCode).toBe(0);
    expect(stdout.trim().split("\n")).toHaveLength(4);
    const [front = 0, edge = 0, back = 0, otherEdge = 0] = await Promise.all(
      [0, 1, 2, 3].map((n) => covered(`turn-00${n}.png`)),
    );
    expect(front).toBeGreaterThan(0.2);
    expect(back).toBeCloseTo(front, 1);
    // A plate from its edge.
    expect(edge).toBeLessThan(0.05);
    expect(otherEdge).toBeLessThan(0.05);
  });

  test("{model} in the name of the output writes a picture of each file, with its own options", async () => {
    expect((await render("{model}-alone.png", cube, plate)).exitCode).toBe(0);
    expect(
      readdirSync(files.path)
        .filter((name) => name.endsWith("-alone.png"))
        .toSorted(),
    ).toEqual(["cube-alone.png", "plate-alone.png"]);
    expect(await covered("cube-alone.png")).toBeGreaterThan(0.1);
  });

  test.each([
    ["one.png", ["--turntable", "3"], /put \{n\} into the name of the output/],
    [
      "{n}.png",
      [],
      /\{n\} in the name of the output is the number of a picture of --turntable or --all-times/,
    ],
    ["a.png", ["--turntable", "1"], /a whole number of pictures from 2 to 10000/],
  ])("an output named %s with %j is refused", async (output, args, message) => {
    const { exitCode, stderr } = await render(output, cube, ...args);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(message);
  });

  test("two files with the same name are refused, since their pictures would have the same name", async () => {
    const { exitCode, stderr } = await render("{model}.png", cube, cube);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Two files are named cube");
  });
});

test("an output file named .webp is a lossless WebP of the same picture as a PNG", async () => {
  await render("same.png", cube);
  const { path } = await render("same.webp", cube);
  const bytes = readFileSync(path);
  expect(bytes.toString("latin1", 8, 12)).toBe("WEBP");
  const { PNG } = await import("pngjs");
  const decoded = PNG.sync.read(Buffer.from(await new Bun.Image(bytes).png().bytes()));
  const expected = PNG.sync.read(readFileSync(join(files.path, "same.png")));
  expect(Buffer.compare(decoded.data, expected.data)).toBe(0);
});

test("the name of a picture has the number with as many digits as the last one, or as many as requested", () => {
  expect(expandTemplate("a-{n}.png", { model: "m", n: 7, count: 100 })).toBe("a-07.png");
  expect(expandTemplate("{n:4}-{model}.png", { model: "$&", n: 7, count: 8 })).toBe("0007-$&.png");
  expect([modelName("/a/bundle.trk.gz"), modelName("x.y.ply"), modelName(".ply")]).toEqual([
    "bundle",
    "x.y",
    ".ply",
  ]);
});
