import { join, resolve } from "node:path";
import { PYTHON } from "../../test/interop/fury-peer.ts";
import { lines } from "../../test/support/lines.ts";
import { XServer } from "../../test/support/x-server.ts";
import { type Figure, figure } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { CountingViewer } from "./viewer.ts";

const root = resolve(import.meta.dir, "../..");

/** VTK's own ways to read a window back. */
const WAYS = {
  kept: "GetPixelData into the same array",
  new: "GetPixelData into a new array",
  filter: "vtkWindowToImageFilter",
} as const;

/** CPU time of one frame, ms: by VTK alone and by the adapter. */
type Costs = Record<keyof typeof WAYS, [vtk: number, adapter: number]>;

/** scenecast.vtk: the adapter's cost beside VTK's own read-back, and the frames of a window that renders 60 times a second. */
export async function benchPythonVtk({ runs, seconds, report }: BenchSetup): Promise<void> {
  await using server = await XServer.start();
  const costs: Costs[] = [];
  for (let run = 0; run < runs; run++) {
    costs.push((await new Response(start(server, "cost").stdout).json()) as Costs);
  }
  const what = "scenecast.vtk, 720p";
  for (const way of ["kept", "new", "filter"] as const) {
    const of = (value: (pair: Costs["kept"]) => number): Figure =>
      figure(costs.map((each) => value(each[way])));
    const [ours, theirs] = [of(([, adapter]) => adapter), of(([vtk]) => vtk)];
    report.row(`${what}, CPU time beside ${WAYS[way]}`, ours, "ms", 2, theirs);
    report.row(
      `${what}, of ${WAYS[way]}`,
      of(([vtk, adapter]) => adapter / vtk),
      "times",
      2,
      "at most 1.1",
    );
  }

  const rates: number[] = [];
  const shares: number[] = [];
  for (let run = 0; run < runs; run++) {
    const program = start(server, "frames");
    const { value = "" } = await lines(program.stdout).next();
    await using viewer = new CountingViewer(JSON.parse(value));
    await viewer.firstFrame;
    // The first frames are rendered while the page's encoders start.
    await Bun.sleep(500);
    const url = JSON.parse(value);
    const rendered = async (): Promise<number> =>
      (await (await fetch(new URL("state", url))).json()).renderer.renders;
    const [frames, before, startedAt] = [viewer.frames, await rendered(), performance.now()];
    await Bun.sleep(1000 * seconds);
    const arrived = viewer.frames - frames;
    rates.push((1000 * arrived) / (performance.now() - startedAt));
    shares.push((100 * arrived) / ((await rendered()) - before));
    program.kill("SIGKILL");
    await program.exited;
  }
  report.row(`${what} rendered at 60: frames at a client`, figure(rates), "1/s", 1, "60");
  report.row(`${what}: rendered frames that reach a client`, figure(shares), "%", 1, "100");
}

function start(server: XServer, what: string): Bun.Subprocess<"ignore", "pipe", "inherit"> {
  return Bun.spawn([PYTHON, join(import.meta.dir, "python_vtk.py"), what], {
    env: {
      ...process.env,
      DISPLAY: server.display,
      PYTHONPATH: join(root, "src/python"),
      SCENECAST_EXECUTABLE: join(root, "dist/scenecast"),
    },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
}
