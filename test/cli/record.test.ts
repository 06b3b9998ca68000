import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { decodeWebm, decodeWebp, missingFilmPrograms, psnr } from "../film/decoded-film.ts";
import { cubeObj } from "../formats/samples.ts";
import { decodePng, type RgbaImage } from "../support/images.ts";
import { lines } from "../support/lines.ts";
import { COMMAND, runScenecast } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";

const SIZE = ["--size", "160x120"];

// On a busy machine.
setDefaultTimeout(60_000);

let files: TemporaryDirectory;
let cube: string;
beforeAll(() => {
  files = new TemporaryDirectory();
  cube = files.write("cube.obj", cubeObj());
});
afterAll(() => files[Symbol.dispose]());

async function scenecast(...args: string[]) {
  const finished = await runScenecast(args);
  if (finished.exitCode !== 0) throw new Error(finished.stderr);
  return finished;
}

async function record(name: string, ...args: string[]): Promise<string> {
  const path = join(files.path, name);
  await scenecast("record", "-o", path, ...SIZE, ...args);
  return path;
}

async function render(name: string, ...args: string[]): Promise<RgbaImage> {
  const path = join(files.path, name);
  await scenecast("render", "-o", path, ...SIZE, ...args);
  return decodePng(readFileSync(path.replace("{n}", args.includes("--turntable") ? "3" : "2")));
}

describe("scenecast record", () => {
  testIf(missingFilmPrograms)(
    "a turntable in WebM has exactly the frames and times that were requested, its frames are the pictures of render, and another run makes the same file",
    async () => {
      const options = [cube, "--frames", "9", "--fps", "24"];
      const [path, again, picture] = await Promise.all([
        record("turn.webm", ...options),
        record("again.webm", ...options),
        render("turn-{n}.png", cube, "--turntable", "9"),
      ]);
      const film = await decodeWebm(path);
      expect(film).toMatchObject({ codec: "vp8", width: 160, height: 120, duration: 0.375, keyframes: [0] });
      expect(film.times).toEqual([0, 42, 83, 125, 167, 208, 250, 292, 333]);
      expect(film.frames).toHaveLength(9);
      const [, , , third] = film.frames;
      if (third === undefined) throw new Error("The film has no frame 3.");
      expect(psnr(third, picture)).toBeGreaterThan(33);
      expect(Buffer.compare(readFileSync(path), readFileSync(again))).toBe(0);
    },
  );

  testIf(missingFilmPrograms)("a camera path begins and ends at its saved views", async () => {
    const views = ["front", "right", "top"].map((view) =>
      files.write(
        `${view}.scenecast.json`,
        JSON.stringify({ version: 1, layers: [{ file: "cube.obj" }], view: { view } }),
      ),
    );
    const path = await record("path.webm", "--path", views.join(","), "--frames", "5");
    const film = await decodeWebm(path);
    const pictures = await Promise.all(views.map((view, i) => render(`view-${i}.png`, view)));
    expect(film.frames).toHaveLength(5);
    const shown = [film.frames[0], film.frames[4]];
    for (const [i, frame] of shown.entries()) {
      const picture = pictures.at(-i);
      if (frame === undefined || picture === undefined) throw new Error("The film has too few frames.");
      expect(psnr(frame, picture)).toBeGreaterThan(30);
    }
  });

  testIf(missingFilmPrograms)(
    "--all-times records every time step in an animated WebP, whose durations add up to the film's",
    async () => {
      for (const [n, size] of [3, 2, 1].entries())
        files.write(
          `step_${n}.obj`,
          `v -${size} -1 0\nv ${size} -1 0\nv ${size} 1 0\nv -${size} 1 0\nf 1 2 3 4\n`,
        );
      const first = join(files.path, "step_0.obj");
      const path = await record(
        "steps.webp",
        first,
        "--series",
        "--all-times",
        "--fps",
        "30",
        "--view",
        "front",
      );
      const film = await decodeWebp(path);
      expect(film.durations).toEqual([33, 34, 33]);
      const [frame, picture] = await Promise.all([
        film.frame(2),
        render("step-{n}.png", first, "--series", "--all-times", "--view", "front"),
      ]);
      expect(psnr(frame, picture)).toBeGreaterThan(33);
    },
  );

  testIf(missingFilmPrograms)("an animated WebP can be transparent", async () => {
    const path = await record("clear.webp", cube, "--frames", "2", "--background", "transparent");
    const film = await decodeWebp(path);
    expect(film.info).toContain("transparency");
    const { data } = await film.frame(1);
    const alphas = new Set(data.filter((_, i) => i % 4 === 3));
    expect([data[3], alphas.has(255)]).toEqual([0, true]);
  });

  test("--json reports each frame, the expected size and the film", async () => {
    const { stdout } = await scenecast(
      ...["record", cube, "-o", join(files.path, "j.webm"), ...SIZE, "--frames", "3", "--json"],
    );
    const reports = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(reports.map(({ frame }) => frame)).toEqual([1, 2, 3, undefined]);
    const film = reports.at(-1);
    expect(film).toMatchObject({
      width: 160,
      height: 120,
      frames: 3,
      fps: 30,
      bytes: readFileSync(join(files.path, "j.webm")).length,
    });
    for (const report of reports.slice(0, 3)) expect(report.estimatedBytes).toBeGreaterThan(0);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("%s leaves no film and no part of it", async (signal) => {
    const before = readdirSync(files.path);
    const output = join(files.path, "cut.webm");
    const child = Bun.spawn(
      [...COMMAND, "record", cube, "-o", output, ...SIZE, "--frames", "100000", "--json"],
      { stdout: "pipe", stderr: "ignore" },
    );
    await lines(child.stdout).next();
    expect(readdirSync(files.path)).toContain(`cut.webm.${child.pid}.part`);
    child.kill(signal);
    await child.exited;
    expect(child.signalCode).toBe(signal);
    expect(readdirSync(files.path)).toEqual(before);
  });

  test("a full disk ends it with a sentence", async () => {
    const output = join(files.path, "full.webm");
    symlinkSync("/dev/full", output);
    const { exitCode, stderr } = await runScenecast(["record", cube, "-o", output, ...SIZE]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("full.webm (ENOSPC). The disk is full.");
  });

  test.each([
    [["a.gif", "CUBE"], "its name must end with .webm or .webp"],
    [["a.webm"], "Give the files to record"],
    [["a.webm", "CUBE", "--path", "CUBE"], "--path takes saved views"],
    [["a.webm", "CUBE", "--loop"], "--loop is for the views of --path"],
    [["a.webm", "CUBE", "--turntable", "90", "--all-times"], "Give one of"],
    [["a.webm", "CUBE", "--background", "transparent"], "write a .webp"],
    [["a.webm", "CUBE", "--frames", "0"], "a whole number of pictures from 1 to 108000"],
    [["a.webm", "CUBE", "--fps", "121"], "from 0.1 to 120"],
  ])("%j is refused as bad usage", async ([output = "", ...args], message) => {
    const words = args.map((word) => (word === "CUBE" ? cube : word));
    const { exitCode, stderr } = await runScenecast(["record", "-o", join(files.path, output), ...words]);
    expect(stderr).toContain(message);
    expect(exitCode).toBe(2);
  });

  test("a file without time steps has none to record", async () => {
    const { exitCode, stderr } = await runScenecast([
      "record",
      cube,
      "-o",
      join(files.path, "none.webm"),
      "--all-times",
    ]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("no time steps and no animation");
  });
});
