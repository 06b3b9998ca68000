import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import { inspectFile } from "../../src/formats/inspect-file.ts";
import { LoadError } from "../../src/formats/load-error.ts";
import { loadFile } from "../../src/loading/load-file.ts";
import type { PreparedPoints } from "../../src/loading/prepared-data.ts";
import { COMMAND } from "../support/scenecast.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";
import { testIf } from "../support/test-if.ts";

const TRIANGLES = 1_000_000;
const DRAWING_BYTES = 100_000_000;

let files: TemporaryDirectory;
beforeAll(() => {
  files = new TemporaryDirectory();
});
afterAll(() => files[Symbol.dispose]());

function model(format: "ply" | "stl" | "obj" | "glb" | "points.ply"): string {
  const path = `${files.path}/sphere.${format}`;
  writeLargeModel(path, format, format === "points.ply" ? 2 * TRIANGLES : TRIANGLES);
  return path;
}

async function load(
  path: string,
  bytes: number,
  fit: boolean,
  limit: "machine" | "control group" = "machine",
) {
  const request = { path, root: undefined, drafts: true };
  try {
    return await loadFile(request, () => {}, { free: { bytes, limit }, fit });
  } catch (error) {
    if (error instanceof LoadError) return error.message;
    throw error;
  }
}

describe("files that exceed the free memory", () => {
  for (const format of ["ply", "stl", "obj", "points.ply"] as const) {
    test(`a large file of the format ${format} has an error with the needed and the free memory and advice; with fit, a sample is shown`, async () => {
      const path = model(format);
      const needed = inspectFile(path).memoryBytes + DRAWING_BYTES;
      const free = DRAWING_BYTES + 9_600_000;
      const message = expect.stringMatching(
        /it needs about 1\d\d MB of memory, but only 110 MB is free: close other programs, or use a machine with more memory; --fit shows a sample/,
      );
      expect(await load(path, free, false)).toEqual(message);
      const limited = await load(path, free, false, "control group");
      expect(limited).toContain("raise the memory limit of this container, job or control group");

      const { kind, vertices, warnings, sampled, counts } = (await load(path, free, true)) as PreparedPoints;
      expect(kind).toBe("points");
      // Memory for 100,000 points.
      expect(counts.points).toBeGreaterThan(20_000);
      expect(counts.points).toBeLessThanOrEqual(110_000);
      expect(warnings).toEqual([
        expect.stringMatching(
          /^it needs about .*: an evenly spaced sample of \d+ of its vertices is shown as points$/,
        ),
      ]);
      expect(sampled).toBe(warnings[0]);
      // The sphere's poles are at both ends of the file, so the sample covers it.
      const heights = vertices.positions.filter((_, i) => i % 3 === 1);
      expect(
        heights.reduce((a, b) => Math.max(a, b)) - heights.reduce((a, b) => Math.min(a, b)),
      ).toBeGreaterThan(1.9);

      expect((await load(path, needed, false)) as PreparedPoints).toMatchObject({ warnings: [] });
    });
  }

  test("a format that cannot be sampled has an error, also with fit", async () => {
    for (const fit of [true, false]) {
      const message = await load(model("glb"), DRAWING_BYTES, fit);
      expect(message).toContain("close other programs, or use a machine with more memory");
      expect(message).not.toContain("--fit");
    }
  });

  test("the memory estimate of a header that declares too many vertices is limited by the file size", () => {
    const header = (vertices: number) =>
      `ply\nformat binary_little_endian 1.0\nelement vertex ${vertices}\nproperty float x\nproperty float y\nproperty float z\nend_header\n`;
    const rows = new Uint8Array(12_000);
    const huge = files.write("huge.ply", Buffer.concat([Buffer.from(header(2 ** 50)), rows]));
    const exact = files.write("true.ply", Buffer.concat([Buffer.from(header(1000)), rows]));
    expect(inspectFile(huge).memoryBytes).toBeCloseTo(inspectFile(exact).memoryBytes);
  });
});

describe("files under a memory limit of 400 MB", () => {
  const group = "/sys/fs/cgroup/memory/scenecast-test";

  /** Creates a control group (cgroup v1, as root). @returns the reason if that is not possible, or "" */
  function createGroup(): string {
    try {
      mkdirSync(group, { recursive: true });
      writeFileSync(`${group}/memory.limit_in_bytes`, "400000000");
      return "";
    } catch (error) {
      return `no control group can be created here: ${error}`;
    }
  }

  const problem = createGroup();
  afterAll(() => {
    if (problem === "") rmdirSync(group);
  });

  testIf(problem)(
    "a sparse file of 1 GB is rejected with an error message, and shown as a sample with --fit",
    async () => {
      const path = `${files.path}/sparse.ply`;
      const file = openSync(path, "w");
      const vertices = Math.floor(1e9 / 12);
      writeSync(
        file,
        `ply\nformat binary_little_endian 1.0\nelement vertex ${vertices}\nproperty float x\nproperty float y\nproperty float z\nend_header\n`,
      );
      ftruncateSync(file, 1e9);
      closeSync(file);
      const render = async (args: readonly string[]) => {
        const command = [
          ...COMMAND,
          "render",
          path,
          "--output",
          `${files.path}/sparse.png`,
          "--size",
          "320x240",
          ...args,
        ];
        const child = Bun.spawn(
          ["sh", "-c", `echo $$ > ${group}/cgroup.procs; exec "$@"`, "sh", ...command],
          {
            stderr: "pipe",
          },
        );
        const stderr = await new Response(child.stderr).text();
        return { exitCode: await child.exited, stderr };
      };
      const refused = await render([]);
      expect(refused.stderr).toMatch(
        /sparse\.ply: PLY: it needs about 4\.1 GB of memory, but only \d+ MB is free: raise the memory limit/,
      );
      expect(refused.exitCode).toBe(1);
      const sampled = await render(["--fit"]);
      expect(sampled.stderr).toMatch(
        /a(?:n evenly spaced)? sample of \d+ of its vertices is shown as points/,
      );
      expect(sampled.exitCode).toBe(0);
      expect(readFileSync(`${group}/memory.oom_control`, "utf8")).not.toMatch(/^oom_kill [1-9]/m);
    },
  );
});
