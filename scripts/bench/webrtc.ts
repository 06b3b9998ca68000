import { AiortcViewer, missingAiortc } from "../../test/interop/aiortc-viewer.ts";
import { whyNoNumpy } from "../../test/interop/fury-program.ts";
import { LightReceivers } from "../../test/interop/light-receivers.ts";
import type { RunningScenecast } from "../../test/support/scenecast.ts";
import { cpuMs, figure, memoryMiB } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { startProducer } from "./stream-measurement.ts";

const SIZE = [1280, 720] as const;

/** Results of one run. */
interface Rates {
  /** Frames per second of the slowest viewer. */
  minFps: number;
  /** CPU usage, % of a core. */
  serverCpu: number;
  viewersCpu: number;
  /** Total of all viewers, Mbit/s; NaN if not measured. */
  megabits: number;
}

/** Frame rate and CPU usage with WebRTC viewers of a producer at 720p: aiortc, which decodes, and many light receivers. */
export async function benchWebrtc({ start, runs, seconds, report }: BenchSetup): Promise<void> {
  const missing = whyNoNumpy() || missingAiortc();
  if (missing) return report.row("WebRTC viewers", `not measured: ${missing}`, "");
  for (const { fps, viewers, light, goals } of [
    { fps: 30, viewers: 1, light: false, goals: { minFps: "must 30" } },
    { fps: 30, viewers: 4, light: false, goals: { minFps: "must 30" } },
    { fps: 60, viewers: 1, light: true, goals: { minFps: "dream 60" } },
    { fps: 60, viewers: 4, light: true, goals: { minFps: "dream 60" } },
    { fps: 30, viewers: 16, light: true, goals: { minFps: "must 30", server: "must 70, dream 45" } },
  ]) {
    await using program = await startProducer(SIZE, "--fps", String(fps));
    await using server = await start(program.serveCommand);
    const rates = light
      ? await measureLight(server, viewers, runs, seconds)
      : await measureAiortc(server, viewers, runs, seconds);
    const kind = light ? "light receiver" : "aiortc viewer";
    const what = `WebRTC, 720p at ${fps} frames/s, ${viewers} ${kind}${viewers > 1 ? "s" : ""}`;
    const add = (name: string, unit: string, value: (run: Rates) => number, goal?: string) =>
      report.row(`${what}: ${name}`, figure(rates.map(value)), unit, 1, goal);
    add(
      viewers > 1 ? "the one with the fewest" : "received",
      "frames/s",
      ({ minFps }) => minFps,
      goals.minFps,
    );
    add("server", "% of a core", ({ serverCpu }) => serverCpu, goals.server);
    add("viewers", "% of a core", ({ viewersCpu }) => viewersCpu);
    if (light) add("all", "Mbit/s", ({ megabits }) => megabits);
    report.row(`${what}: server's memory (PSS)`, memoryMiB(server.pid).toFixed(0), "MiB");
  }
}

async function measureAiortc(
  server: RunningScenecast,
  count: number,
  runs: number,
  seconds: number,
): Promise<Rates[]> {
  await using stack = new AsyncDisposableStack();
  const viewers: AiortcViewer[] = [];
  for (let number = 0; number < count; number++)
    viewers.push(stack.use(await AiortcViewer.connect(server.url)));
  await Promise.all(viewers.map((viewer) => viewer.next("frame")));
  await Bun.sleep(1000);
  const rates: Rates[] = [];
  for (let run = 0; run < runs; run++) {
    const used = measureCpu(server.pid, ...viewers.map(({ pid }) => pid));
    const before = viewers.map(({ frames }) => frames.length);
    const startedAt = performance.now();
    await Bun.sleep(seconds * 1000);
    const took = (performance.now() - startedAt) / 1000;
    const frameRates = viewers.map(({ frames }, index) => (frames.length - (before[index] ?? 0)) / took);
    const [serverCpu = Number.NaN, ...others] = used();
    const viewersCpu = others.reduce((sum, each) => sum + each, 0);
    rates.push({ minFps: Math.min(...frameRates), serverCpu, viewersCpu, megabits: Number.NaN });
  }
  return rates;
}

async function measureLight(
  server: RunningScenecast,
  count: number,
  runs: number,
  seconds: number,
): Promise<Rates[]> {
  await using receivers = await LightReceivers.join(server.url, count);
  await Bun.sleep(1000);
  await receivers.report();
  const rates: Rates[] = [];
  for (let run = 0; run < runs; run++) {
    const used = measureCpu(server.pid, receivers.pid);
    await Bun.sleep(seconds * 1000);
    const [serverCpu = Number.NaN, viewersCpu = Number.NaN] = used();
    const reports = await receivers.report();
    const bytes = reports.reduce((sum, each) => sum + each.bytes, 0);
    const minFps = Math.min(...reports.map(({ fps }) => fps));
    rates.push({ minFps, serverCpu, viewersCpu, megabits: (bytes * 8) / seconds / 1e6 });
  }
  return rates;
}

/** Starts measuring processes. @returns a function that returns the CPU usage of each since then, % of a core */
function measureCpu(...pids: number[]): () => number[] {
  const startedAt = performance.now();
  const before = pids.map(cpuMs);
  return () =>
    pids.map((pid, index) => ((cpuMs(pid) - (before[index] ?? 0)) / (performance.now() - startedAt)) * 100);
}
