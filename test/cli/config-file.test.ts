import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PNG } from "pngjs";
import { cubeObj } from "../formats/samples.ts";
import { runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

let files: TemporaryDirectory;
let cube: string;
beforeAll(() => {
  files = new TemporaryDirectory();
  cube = files.write("cube.obj", cubeObj());
});
afterAll(() => files[Symbol.dispose]());

async function render(config: unknown, args: readonly string[] = [], env: Record<string, string> = {}) {
  const path = files.write("config.json", typeof config === "string" ? config : JSON.stringify(config));
  const output = join(files.path, "picture.png");
  const finished = await runScenecast(["render", cube, "-o", output, ...args], {
    SCENECAST_CONFIG: path,
    ...env,
  });
  return { ...finished, output };
}

const sizeOf = (path: string): number[] => {
  const { width, height } = PNG.sync.read(readFileSync(path));
  return [width, height];
};

describe("the configuration file", () => {
  test("the file sets defaults; environment variables precede it, and the command line precedes both", async () => {
    const config = { size: "40x30", port: 9000, color: "red", axes: true, "no-letters": true };
    const { exitCode, stderr, output } = await render(config);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(sizeOf(output)).toEqual([40, 30]);
    const { data } = PNG.sync.read(readFileSync(output));
    const center = (15 * 40 + 20) * 4;
    expect(data[center]).toBeGreaterThan(2 * (data[center + 1] ?? 0));
    expect(sizeOf((await render(config, [], { SCENECAST_SIZE: "50x30" })).output)).toEqual([50, 30]);
    expect(sizeOf((await render(config, ["--size", "60x30"], { SCENECAST_SIZE: "50x30" })).output)).toEqual([
      60, 30,
    ]);
  });

  test.each([
    [{ sizes: "40x30" }, "there is no option --sizes"],
    [{ size: "40" }, "the value of size is invalid. Write it as WIDTHxHEIGHT"],
    [{ opacity: 7 }, "the value of opacity is invalid. Write a number from 0 to 1."],
    [{ size: [40, 30] }, "must be a JSON object of option names and values"],
    ["[]", "must be a JSON object of option names and values"],
    ["{", "must be a JSON object of option names and values"],
  ])("%j is refused with a sentence that names the file", async (config, message) => {
    const { exitCode, stderr } = await render(config);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("config.json: ");
    expect(stderr).toContain(message);
  });
});
