import { whyNoNumpy } from "../../test/interop/fury-program.ts";
import { type ClientMeasurement, watchStream } from "./many-clients.ts";
import { cpuMs, figure } from "./measure.ts";
import { type BenchSetup, rendererOf, whenStill } from "./setup.ts";
import { startProducer } from "./stream-measurement.ts";

const CLIENTS = 16;
/** A still frame is sent 40 times in the first 4 s, so that players open it immediately, and then every 5 s. */
const SETTLE_MS = 5_000;

/** CPU time of a still view with viewers: of a program's single frame, and of our renderer. */
export async function benchStill({ start, model, runs, seconds, report }: BenchSetup): Promise<void> {
  const watching = `${CLIENTS} clients watch`;
  const add = (what: string, watched: readonly ClientMeasurement[], renderer: readonly number[]) => {
    report.row(`${watching} ${what}: server`, figure(watched.map((of) => of.cpuPercent)), "% of a core", 2);
    if (renderer.length > 0) report.row(`${watching} ${what}: renderer`, figure(renderer), "% of a core", 2);
    report.row(
      `${watching} ${what}: frames sent to each`,
      figure(watched.map((of) => of.median)),
      `in ${seconds} s`,
      0,
    );
  };
  const load = { clients: CLIENTS, seconds, settleMs: SETTLE_MS, keepEvery: 0 };
  const whyNot = whyNoNumpy();
  if (whyNot) {
    report.row("a still view", `not measured: ${whyNot}`, "");
  } else {
    await using program = await startProducer([1280, 720], "--mode", "static");
    await using server = await start(program.serveCommand);
    const watched: ClientMeasurement[] = [];
    for (let run = 0; run < runs; run++) watched.push(await watchStream({ ...load, server }));
    add("the single frame of a program", watched, []);
  }
  await using view = await start(["view", model, "--gl-backend", "angle"]);
  await whenStill(view);
  const renderer = await rendererOf(view);
  const watched: ClientMeasurement[] = [];
  const cpu: number[] = [];
  for (let run = 0; run < runs; run++) {
    const before = cpuMs(renderer.pid);
    const startedAt = performance.now();
    watched.push(await watchStream({ ...load, server: view }));
    cpu.push(((cpuMs(renderer.pid) - before) / (performance.now() - startedAt)) * 100);
  }
  add("the bunny, still", watched, cpu);
}
