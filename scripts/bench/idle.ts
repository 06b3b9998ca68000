import { cpuMs, figure, memoryMiB } from "./measure.ts";
import { type BenchSetup, rendererOf, whenStill } from "./setup.ts";
import { CountingViewer, Dragging } from "./viewer.ts";

/** CPU time of `view` without viewers, and memory of both processes without viewers and while one viewer drags. */
export async function benchIdle({ start, model, runs, seconds, report }: BenchSetup): Promise<void> {
  await using view = await start(["view", model, "--gl-backend", "angle"]);
  await whenStill(view);
  const cpu: number[] = [];
  const renders: number[] = [];
  for (let run = 0; run < runs; run++) {
    const before = await rendererOf(view);
    const used = cpuMs(view.pid) + cpuMs(before.pid);
    await Bun.sleep(seconds * 1000);
    const after = await rendererOf(view);
    cpu.push((cpuMs(view.pid) + cpuMs(after.pid) - used) / seconds / 10);
    renders.push(after.renders - before.renders);
  }
  report.row("idle, no viewer: both processes", figure(cpu), "% of a core");
  report.row("idle, no viewer: renders", figure(renders), `in ${seconds} s`);
  const renderer = await rendererOf(view);
  report.row("memory, idle: server", memoryMiB(view.pid).toFixed(0), "MiB");
  report.row("memory, idle: renderer", memoryMiB(renderer.pid).toFixed(0), "MiB");
  await using viewer = new CountingViewer(view.url);
  await viewer.firstFrame;
  await using _dragging = await Dragging.start(view.url);
  await Bun.sleep(seconds * 1000);
  report.row("memory, dragging with one viewer: server", memoryMiB(view.pid).toFixed(0), "MiB");
  report.row("memory, dragging with one viewer: renderer", memoryMiB(renderer.pid).toFixed(0), "MiB");
}
