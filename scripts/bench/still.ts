import { whyNoNumpy } from "../../test/interop/fury-program.ts";
import { type Watched, watchStream } from "./many-clients.ts";
import { cpuMs, figure } from "./measure.ts";
import { Served } from "./served.ts";
import type { BenchSetup } from "./setup.ts";
import { startProducer } from "./stream-measurement.ts";

const CLIENTS = 16;
/** A still frame is sent 40 times in the first 4 s, so that players open it immediately, and then every 5 s. */
const SETTLE_MS = 5_000;

/** CPU time of a still view with viewers: of a program's single frame, and of our renderer. */
export async function benchStill({ executable, model, runs, seconds, report }: BenchSetup): Promise<void> {
  const looking = `${CLIENTS} clients look at`;
  const add = (what: string, watched: readonly Watched[], renderer: readonly number[]) => {
    report.row(`${looking} ${what}: server`, figure(watched.map((of) => of.cpuPercent)), "% of a core", 2);
    if (renderer.length > 0) report.row(`${looking} ${what}: renderer`, figure(renderer), "% of a core", 2);
    report.row(
      `${looking} ${what}: pictures sent to each`,
      figure(watched.map((of) => of.median)),
      `in ${seconds} s`,
      0,
    );
  };
  const load = { clients: CLIENTS, seconds, settleMs: SETTLE_MS, keepEvery: 0 };
  const whyNot = whyNoNumpy();
  if (whyNot) {
    report.row("a still picture", `not measured: ${whyNot}`, "");
  } else {
    await using program = await startProducer([1280, 720], "--mode", "static");
    await using server = await Served.start(executable, program.serveCommand);
    const watched: Watched[] = [];
    for (let run = 0; run < runs; run++) watched.push(await watchStream({ ...load, server }));
    add("the one frame of a program", watched, []);
  }
  await using view = await Served.start(executable, ["view", model, "--gl-backend", "angle"]);
  await view.atRest();
  const { renderer } = await view.state();
  const watched: Watched[] = [];
  const cpu: number[] = [];
  for (let run = 0; run < runs; run++) {
    const before = cpuMs(renderer.pid);
    const start = performance.now();
    watched.push(await watchStream({ ...load, server: view }));
    cpu.push(((cpuMs(renderer.pid) - before) / (performance.now() - start)) * 100);
  }
  add("the bunny at rest", watched, cpu);
}
