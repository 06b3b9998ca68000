import { expect, test } from "bun:test";
import { join } from "node:path";
import { writeLargeModel } from "../../scripts/bench/large-models.ts";
import { TemporaryDirectory } from "../support/temporary-directory.ts";

const ROOT = join(import.meta.dir, "../..");

test("a compiled program that uses scenecast as a library loads a large file although it lacks the Worker's code", async () => {
  using directory = new TemporaryDirectory();
  const model = join(directory.path, "sphere.ply");
  writeLargeModel(model, "ply", 300_000);
  const source = directory.write(
    "program.ts",
    `import { loadScene } from ${JSON.stringify(join(ROOT, "src/scene/load-scene.ts"))};
    console.log((await loadScene(process.argv[2] ?? "")).counts.triangles);`,
  );
  const program = join(directory.path, "program");
  const build = Bun.spawn([process.execPath, "build", "--compile", `--outfile=${program}`, source], {
    cwd: ROOT,
    stdout: "pipe",
    stderr: "pipe",
  });
  expect([await build.exited, await new Response(build.stderr).text()]).toEqual([0, ""]);
  const run = Bun.spawn([program, model], { stdout: "pipe", stderr: "inherit" });
  expect(Number(await new Response(run.stdout).text())).toBeWithin(290_000, 310_000);
  expect(await run.exited).toBe(0);
});
