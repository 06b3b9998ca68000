import { existsSync } from "node:fs";
import type { Page } from "playwright-core";
import { listDrivers } from "../../src/gl/index.ts";
import { launchBrowser } from "../../test/support/browser.ts";
import { type PaintedInput, probeLatency } from "./latency-probe.ts";
import { figure, share } from "./measure.ts";
import { type BenchSetup, whenStill } from "./setup.ts";

const WIDTH = 1280;
const HEIGHT = 720;
const MOVES_PER_SECOND = 60;

/** Latency from a mouse move in Chromium to the frame that shows it: on the canvas, and at the next paint (60 Hz). JPEG over WebSocket. */
export async function benchLatency({ start, model, runs, seconds, report }: BenchSetup): Promise<void> {
  const what = `input to frame in Chromium, bunny at ${WIDTH}x${HEIGHT}, JPEG over WebSocket`;
  if (!existsSync(process.env.CHROMIUM ?? "/usr/bin/chromium"))
    return report.row(what, "not measured: chromium is not installed", "");
  for (const { name } of listDrivers().filter(({ available }) => available)) {
    await using view = await start(["view", model, "--gl-backend", name]);
    await using browser = await launchBrowser({ viewport: { width: WIDTH, height: HEIGHT } });
    const page = await browser.context.newPage();
    await page.addInitScript(probeLatency);
    await page.goto(`${view.url}?encoding=jpeg`);
    await page.locator("#stage > canvas.live").waitFor();
    await whenStill(view);
    const inputs: PaintedInput[][] = [];
    for (let run = 0; run < runs; run++) inputs.push(await drag(page, seconds));
    const add = (of: string, value: (run: PaintedInput[]) => number) =>
      report.row(`${name}: ${what}${of}`, figure(inputs.map(value)), "ms");
    const ms = (run: PaintedInput[]) => run.map((input) => input.ms);
    const added = (run: PaintedInput[], until: "drawnMs" | "ms") =>
      run.flatMap((input) => (input.renderMs === null ? [] : [input[until] - input.renderMs]));
    add(", median", (run) => share(ms(run), 0.5));
    add(", 95th percentile", (run) => share(ms(run), 0.95));
    add(": rendering alone, median", (run) =>
      share(
        run.map(({ renderMs }) => renderMs ?? Number.NaN),
        0.5,
      ),
    );
    add(": on the canvas, beyond rendering, median", (run) => share(added(run, "drawnMs"), 0.5));
    add(": beyond rendering, median", (run) => share(added(run, "ms"), 0.5));
  }
}

/** Rotates the view continuously. */
async function drag(page: Page, seconds: number): Promise<PaintedInput[]> {
  const at = (step: number) =>
    [WIDTH / 2 + 200 * Math.cos(step / 15), HEIGHT / 2 + 100 * Math.sin(step / 15)] as const;
  await page.mouse.move(...at(0));
  await page.mouse.down();
  const startedAt = performance.now();
  const takeInputs = () => page.evaluate(() => Reflect.get(globalThis, "paintedInputs")() as PaintedInput[]);
  // The first second is not counted: the resolution of drafts is still being adapted.
  let counting = false;
  for (let step = 1; performance.now() - startedAt < (seconds + 1) * 1000; step++) {
    if (!counting && performance.now() - startedAt > 1000) {
      counting = true;
      await takeInputs();
    }
    await page.mouse.move(...at(step));
    await Bun.sleep(Math.max(0, startedAt + (step * 1000) / MOVES_PER_SECOND - performance.now()));
  }
  const inputs = await takeInputs();
  await page.mouse.up();
  return inputs;
}
