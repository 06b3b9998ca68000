import { readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { figure } from "./measure.ts";
import { type BenchSetup, rendererOf } from "./setup.ts";
import { writeTractogram } from "./tractogram-model.ts";
import { measureView } from "./view-measurement.ts";

/** `view` of a TRK file on Mesa: first picture, complete picture, memory of the renderer, and frame rates while it is dragged. */
export const benchTractogram =
  (streamlines: number) =>
  async (setup: BenchSetup): Promise<void> => {
    const path = join(tmpdir(), "scenecast-models", `${streamlines}.trk`);
    writeTractogram(path, streamlines);
    const bytes = statSync(path).size;
    const memory: number[] = [];
    const { first, complete, median, worst } = await measureView(setup, [path], "mesa", async (view) => {
      const { pid } = await rendererOf(view);
      memory.push((100 * peakBytes(pid)) / bytes - 100);
    });
    const { report } = setup;
    const name = `view of a TRK file of ${(bytes / 1e9).toFixed(1)} GB`;
    report.row(`${name}: first picture`, first, "s", 2, "1.5");
    report.row(`${name}: all drawn`, complete, "s", 1, "30");
    report.row(`${name}: peak memory above the size of the file`, figure(memory), "%", 0, "25");
    report.row(`${name}: dragging, median second`, median, "frames/s", 1, "30");
    report.row(`${name}: dragging, worst second`, worst, "frames/s");
  };

/** Peak resident memory of a process. */
function peakBytes(pid: number): number {
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return 1024 * Number(kilobytes);
}
