import { figure } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { CountingViewer } from "./viewer.ts";

/** Start-up time of `view`: until the ready line, and until the first frame arrives at a client that connects immediately. */
export async function benchStart({ start, model, runs, report }: BenchSetup): Promise<void> {
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
