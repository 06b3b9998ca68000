import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { figure, repeat } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { CountingViewer } from "./viewer.ts";

const EXECUTABLE = join(import.meta.dir, "../../dist/scenecast");

/** Duration of a command, ms. */
async function commandMs(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const { exited } = Bun.spawn([EXECUTABLE, ...args], { stdout: "ignore", stderr: "inherit" });
  if ((await exited) !== 0) throw new Error(`scenecast ${args.join(" ")} failed`);
  return performance.now() - started;
}

/**
 * Duration of `--version` and of `render`, and start-up time of `view`: until the ready line, and until the first frame arrives at a
 * client that connects immediately.
 */
export async function benchStart({ start, model, runs, report }: BenchSetup): Promise<void> {
  report.row("--version", await repeat(runs, () => commandMs(["--version"])), "ms", 1, "goal: 20");
  const picture = join(tmpdir(), `scenecast-bench-${process.pid}.png`);
  try {
    report.row(
      "render",
      await repeat(runs, () => commandMs(["render", model, "-o", picture])),
      "ms",
      1,
      "goal: 350",
    );
  } finally {
    rmSync(picture, { force: true });
  }
  for (const backend of ["angle", "mesa"] as const) {
    const ready: number[] = [];
    const first: number[] = [];
    for (let run = 0; run < runs + 1; run++) {
      const started = performance.now();
      await using view = await start(["view", model, "--gl-backend", backend]);
      const readyAt = performance.now();
      await using viewer = new CountingViewer(view.url);
      const firstAt = await viewer.firstFrame;
      // The first run fills the cache.
      if (run === 0) continue;
      ready.push(readyAt - started);
      first.push(firstAt - started);
    }
    report.row(`${backend}: start to ready line`, figure(ready), "ms");
    report.row(`${backend}: start to first frame at a client`, figure(first), "ms");
  }
}
