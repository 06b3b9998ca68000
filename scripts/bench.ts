// bun run bench: how long scenecast takes, beside its peer on the same work in the same run. Nothing here is a test: two shared cores
// give figures, not promises. Needs ../shared/data/stanford-bunny.obj (or a path as argument) and, for the peer, Chromium.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { listDrivers } from "../src/gl/index.ts";
import { cpuMs, type Figure, figure, machine, memoryMiB, noise, repeat, show } from "./bench/measure.ts";
import { measureChromium } from "./bench/peer.ts";
import { View } from "./bench/view.ts";
import { CountingViewer, Dragging } from "./bench/viewer.ts";
import { drawWholeMesh } from "./bench/whole-mesh.ts";

const RUNS = 5;
const SECONDS = 5;

const root = resolve(import.meta.dir, "..");
const model = resolve(process.argv[2] ?? `${root}/../shared/data/stanford-bunny.obj`);
const executable = `${root}/dist/scenecast`;
if (!existsSync(model)) throw new Error(`There is no ${model}; name an OBJ file: bun run bench FILE.`);
if (!existsSync(executable)) throw new Error("There is no dist/scenecast; run `npm run build` first.");

const rows: [what: string, figure: string, unit: string][] = [];
function row(what: string, value: Figure | string, unit: string): void {
  rows.push([what, typeof value === "string" ? value : show(value), unit]);
  console.error(`${what}: ${rows.at(-1)?.[1]} ${unit}`);
}

console.error(`Median (least to most) of ${RUNS} runs, ${machine()}`);
row("noise: the same fixed work, 15 times", noise(), "ms");

// Start: to the ready line, and to the first whole picture at a client that asked at once.
for (const backend of ["angle", "mesa"] as const) {
  const ready: number[] = [];
  const first: number[] = [];
  for (let run = 0; run < RUNS + 1; run++) {
    const started = performance.now();
    await using view = await View.start(executable, [model, "--gl-backend", backend]);
    const readyAt = performance.now();
    await using viewer = new CountingViewer(view.url);
    const firstAt = await viewer.firstFrame;
    // The first run fills the cache.
    if (run === 0) continue;
    ready.push(readyAt - started);
    first.push(firstAt - started);
  }
  row(`${backend}: start to ready line`, figure(ready), "ms");
  row(`${backend}: start to first picture at a client`, figure(first), "ms");
}

// Dragging: pictures that arrive at one client while the left button turns the bunny, 1280x720.
const drivers = listDrivers().filter(({ available }) => available);
for (const { name } of drivers) {
  await using view = await View.start(executable, [model, "--gl-backend", name]);
  await using viewer = new CountingViewer(view.url);
  await viewer.firstFrame;
  await using _dragging = await Dragging.start(view.url);
  await Bun.sleep(1000);
  const rate = await repeat(RUNS, async () => {
    const before = viewer.frames;
    await Bun.sleep(SECONDS * 1000);
    return (viewer.frames - before) / SECONDS;
  });
  row(`${name}: dragging the bunny at 1280x720`, rate, "frames/s");
}
// The same triangles as the peer draws, without the simplified mesh that view shows while it moves.
for (const { name } of drivers) {
  row(`${name}: the whole mesh, drawn and read back`, await drawWholeMesh(model, name, RUNS), "frames/s");
}
if (existsSync("/usr/bin/chromium")) {
  const peer = { drawn: [] as number[], screencast: [] as number[] };
  let driver = "";
  for (let run = 0; run < RUNS; run++) {
    const figures = await measureChromium(model, SECONDS);
    peer.drawn.push(figures.drawn);
    peer.screencast.push(figures.screencast);
    driver = figures.driver;
  }
  row(`peer: headless Chromium, same scene, drawn (${driver})`, figure(peer.drawn), "frames/s");
  row(
    "peer: headless Chromium, same scene, delivered by its screencast",
    figure(peer.screencast),
    "frames/s",
  );
} else row("peer: headless Chromium", "not installed", "");

// Idle, nobody looking; and the memory of both processes, before and while someone looks.
{
  await using view = await View.start(executable, [model, "--gl-backend", "angle"]);
  await view.atRest();
  const cpu: number[] = [];
  const renders: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const before = await view.state();
    const used = cpuMs(view.pid) + cpuMs(before.renderer.pid);
    await Bun.sleep(SECONDS * 1000);
    const after = await view.state();
    cpu.push((cpuMs(view.pid) + cpuMs(after.renderer.pid) - used) / SECONDS / 10);
    renders.push(after.renderer.renders - before.renderer.renders);
  }
  row("idle, no viewer: both processes", figure(cpu), "% of a core");
  row("idle, no viewer: renders", figure(renders), `in ${SECONDS} s`);
  const { renderer } = await view.state();
  row("memory, idle: server", memoryMiB(view.pid).toFixed(0), "MiB");
  row("memory, idle: renderer", memoryMiB(renderer.pid).toFixed(0), "MiB");
  await using viewer = new CountingViewer(view.url);
  await viewer.firstFrame;
  await using _dragging = await Dragging.start(view.url);
  await Bun.sleep(SECONDS * 1000);
  row("memory, dragging with one viewer: server", memoryMiB(view.pid).toFixed(0), "MiB");
  row("memory, dragging with one viewer: renderer", memoryMiB(renderer.pid).toFixed(0), "MiB");
}

const width = Math.max(...rows.map(([what]) => what.length));
console.log(`| ${"case".padEnd(width)} | median (least to most) | |\n|${"-".repeat(width + 2)}|---|---|`);
for (const [what, value, unit] of rows) console.log(`| ${what.padEnd(width)} | ${value} | ${unit} |`);
