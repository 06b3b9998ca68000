import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { type LargeModelFormat, writeLargeModel } from "./large-models.ts";
import { type Figure, figure } from "./measure.ts";
import { type Run, run, VIRTUAL_DISPLAY, VirtualDisplay } from "./programs.ts";
import type { BenchSetup } from "./setup.ts";
import { measureView } from "./view-measurement.ts";

const EXECUTABLE = resolve(import.meta.dir, "../../dist/scenecast");
const SIZE = "1280x720";

/** Python script that renders a file with ParaView. */
const PARAVIEW_SCRIPT = `import sys
from paraview.simple import *
view = CreateView("RenderView")
view.ViewSize = [1280, 720]
Show(OpenDataFile(sys.argv[1]), view)
ResetCamera(view)
SaveScreenshot(sys.argv[2], view)
`;

/** Writes a model of `millions` million triangles, or points, unless an earlier run has. @returns its path */
export function largeModel(format: LargeModelFormat, millions: number): string {
  const folder = join(tmpdir(), "scenecast-models");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${millions}m.${format}`);
  writeLargeModel(path, format, millions * 1e6);
  return path;
}

/** Time and peak memory of `render`, and of f3d for the same file, which draws on a virtual display with Mesa's software driver. */
export async function benchLargeRender({ model, runs, report }: BenchSetup): Promise<void> {
  const hasPeer = Bun.which("f3d") !== null && Bun.which("Xvfb") !== null;
  await using display = hasPeer ? new VirtualDisplay() : undefined;
  await display?.ready;
  const models = [
    model,
    ...(["ply", "stl", "obj", "glb"] as const).map((format) => largeModel(format, 1)),
    largeModel("ply", 8),
    largeModel("stl", 8),
    largeModel("obj", 5),
    largeModel("points.ply", 10),
    largeModel("ply", 50),
  ];
  const output = join(tmpdir(), `scenecast-bench-${process.pid}.png`);
  for (const path of models) {
    const ours: Run[] = [];
    const peer: Run[] = [];
    // The first run reads the file into the page cache.
    for (let i = 0; i < runs + 1; i++) {
      const own = await run([
        EXECUTABLE,
        "render",
        path,
        "-o",
        output,
        "--size",
        SIZE,
        "--gl-backend",
        "mesa",
      ]);
      if (i > 0) ours.push(own);
      if (!hasPeer) continue;
      const other = await run(["f3d", path, "--output", output, "--resolution", SIZE.replace("x", ",")], {
        DISPLAY: VIRTUAL_DISPLAY,
        LIBGL_ALWAYS_SOFTWARE: "1",
      });
      if (i > 0) peer.push(other);
    }
    const name = basename(path);
    const of = (rows: readonly Run[], key: keyof Run): Figure | string =>
      rows.length > 0 ? figure(rows.map((row) => row[key])) : "f3d is not installed";
    report.row(`render ${name}: time`, of(ours, "seconds"), "s", 2, of(peer, "seconds"));
    report.row(`render ${name}: peak memory`, of(ours, "megabytes"), "MB", 0, of(peer, "megabytes"));
  }
  if (display === undefined || Bun.which("pvpython") === null) return;
  const script = `${output}.py`;
  await Bun.write(script, PARAVIEW_SCRIPT);
  const path = largeModel("ply", 8);
  const other = await run(["pvpython", script, path, output], { DISPLAY: VIRTUAL_DISPLAY });
  report.row(`pvpython ${basename(path)}: time`, other.seconds.toFixed(1), "s");
  report.row(`pvpython ${basename(path)}: peak memory`, other.megabytes.toFixed(0), "MB");
}

/** Start of `view` of large files, and frame rates at a client while the left button rotates the model. */
export const benchLargeView =
  (millions: readonly number[], backends: readonly ("mesa" | "angle")[]) =>
  async (setup: BenchSetup): Promise<void> => {
    const { report } = setup;
    const models = millions.flatMap((count) =>
      count >= 10 ? [largeModel("ply", count), largeModel("points.ply", count)] : [largeModel("ply", count)],
    );
    for (const path of models) {
      for (const backend of backends) {
        const name = `${backend}: view ${basename(path)}`;
        const { first, complete, median, worst } = await measureView(setup, [path], backend);
        report.row(`${name}: start to first picture`, first, "s", 2);
        report.row(`${name}: start to complete picture`, complete, "s", 2);
        report.row(`${name}: dragging, median second`, median, "frames/s");
        report.row(`${name}: dragging, worst second`, worst, "frames/s");
      }
    }
  };
