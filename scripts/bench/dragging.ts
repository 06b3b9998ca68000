import { existsSync } from "node:fs";
import { listDrivers } from "../../src/gl/index.ts";
import { measureChromium } from "./chromium.ts";
import { measureFullMesh } from "./full-mesh.ts";
import { figure, repeat } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { CountingViewer, Dragging } from "./viewer.ts";

/** Frame rate at one client while the left button rotates the model at 1280x720, and that of headless Chromium. */
export async function benchDragging({ start, model, runs, seconds, report }: BenchSetup): Promise<void> {
  const drivers = listDrivers().filter(({ available }) => available);
  for (const { name } of drivers) {
    await using view = await start(["view", model, "--gl-backend", name]);
    await using viewer = new CountingViewer(view.url);
    await viewer.firstFrame;
    await using _dragging = await Dragging.start(view.url);
    await Bun.sleep(1000);
    const rate = await repeat(runs, async () => {
      const before = viewer.frames;
      await Bun.sleep(seconds * 1000);
      return (viewer.frames - before) / seconds;
    });
    report.row(`${name}: dragging the bunny at 1280x720`, rate, "frames/s");
  }
  // Without the simplified mesh, for comparison with Chromium.
  for (const { name } of drivers) {
    report.row(
      `${name}: the full mesh, drawn and read back`,
      await measureFullMesh(model, name, runs),
      "frames/s",
    );
  }
  if (!existsSync("/usr/bin/chromium")) {
    report.row("peer: headless Chromium", "not installed", "");
    return;
  }
  const peer = { drawn: [] as number[], screencast: [] as number[] };
  let driver = "";
  for (let run = 0; run < runs; run++) {
    const figures = await measureChromium(model, seconds);
    peer.drawn.push(figures.drawn);
    peer.screencast.push(figures.screencast);
    driver = figures.driver;
  }
  report.row(`peer: headless Chromium, same scene, drawn (${driver})`, figure(peer.drawn), "frames/s");
  report.row(
    "peer: headless Chromium, same scene, delivered by its screencast",
    figure(peer.screencast),
    "frames/s",
  );
}
