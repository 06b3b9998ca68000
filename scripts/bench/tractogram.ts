import { readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dragRates } from "./large.ts";
import { figure } from "./measure.ts";
import { type BenchSetup, rendererOf } from "./setup.ts";
import { writeTractogram } from "./tractogram-model.ts";
import { CountingViewer } from "./viewer.ts";

/** `view` of a TRK file on Mesa: first picture, complete picture, memory of the renderer, and frame rates while it is dragged. */
export const benchTractogram =
  (streamlines: number) =>
  async ({ start, runs, seconds, report }: BenchSetup): Promise<void> => {
    const path = join(tmpdir(), "scenecast-models", `${streamlines}.trk`);
    writeTractogram(path, streamlines);
    const bytes = statSync(path).size;
    const [first, complete, memory, median, worst]: number[][] = [[], [], [], [], []];
    for (let i = 0; i < runs; i++) {
      const startedAt = performance.now();
      await using view = await start(["view", path, "--size", "1280x720", "--gl-backend", "mesa"]);
      await using viewer = new CountingViewer(view.url);
      first?.push(((await viewer.firstFrame) - startedAt) / 1000);
      const picture = await fetch(new URL("snapshot.png", view.url));
      await picture.arrayBuffer();
      complete?.push(picture.ok ? (performance.now() - startedAt) / 1000 : Number.NaN);
      const rates = await dragRates(view.url, viewer, Math.max(seconds, 5));
      median?.push(figure(rates).median);
      worst?.push(Math.min(...rates));
      const { pid } = await rendererOf(view);
      memory?.push((100 * peakBytes(pid)) / bytes - 100);
    }
    const name = `view of a TRK file of ${(bytes / 1e9).toFixed(1)} GB`;
    report.row(`${name}: first picture`, figure(first ?? []), "s", 2, "1.5");
    report.row(`${name}: all drawn`, figure(complete ?? []), "s", 1, "30");
    report.row(`${name}: peak memory above the size of the file`, figure(memory ?? []), "%", 0, "25");
    report.row(`${name}: dragging, median second`, figure(median ?? []), "frames/s", 1, "30");
    report.row(`${name}: dragging, worst second`, figure(worst ?? []), "frames/s");
  };

/** Peak resident memory of a process. */
function peakBytes(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return 1024 * Number(kilobytes);
}
