import type { RunningScenecast } from "../../test/support/scenecast.ts";
import { type Figure, figure } from "./measure.ts";
import type { BenchSetup } from "./setup.ts";
import { CountingViewer, Dragging } from "./viewer.ts";

/** Delay from the start of a drag to the measurement of frame rates, ms. */
const DRAG_AFTER_MS = 2000;

/** Minimum duration of a drag, s. */
const MIN_DRAG_SECONDS = 5;

/** Figures of `view`, of all runs. */
interface ViewFigures {
  /** Start to first picture at a client, s. */
  readonly first: Figure;
  /** Start to complete picture, s. */
  readonly complete: Figure;
  /** Frames per second in each second of a drag: of all seconds, and the median and the worst second of each run. */
  readonly rates: Figure;
  readonly median: Figure;
  readonly worst: Figure;
}

/**
 * Starts `view` of 1280 x 720 px with a client, several times: waits for the first and for the complete picture, and then rotates the
 * model with the left button.
 *
 * @param args of `view`: the files and options
 * @param afterDrag is called at the end of each run
 */
export async function measureView(
  { start, runs, seconds }: BenchSetup,
  args: readonly string[],
  glBackend: "mesa" | "angle",
  afterDrag?: (view: RunningScenecast) => Promise<void>,
): Promise<ViewFigures> {
  const [first, complete]: [number[], number[]] = [[], []];
  const drags: number[][] = [];
  for (let i = 0; i < runs; i++) {
    const startedAt = performance.now();
    await using view = await start(["view", ...args, "--size", "1280x720", "--gl-backend", glBackend]);
    await using viewer = new CountingViewer(view.url);
    first.push(((await viewer.firstFrame) - startedAt) / 1000);
    const picture = await fetch(new URL("snapshot.png", view.url));
    await picture.arrayBuffer();
    complete.push(picture.ok ? (performance.now() - startedAt) / 1000 : Number.NaN);
    drags.push(await dragRates(view.url, viewer, Math.max(seconds, MIN_DRAG_SECONDS)));
    await afterDrag?.(view);
  }
  return {
    first: figure(first),
    complete: figure(complete),
    rates: figure(drags.flat()),
    median: figure(drags.map((rates) => figure(rates).median)),
    worst: figure(drags.map((rates) => Math.min(...rates))),
  };
}

/** Frames per second in each second of a drag. */
async function dragRates(url: string, viewer: CountingViewer, seconds: number): Promise<number[]> {
  await using _dragging = await Dragging.start(url);
  await Bun.sleep(DRAG_AFTER_MS);
  const rates: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const before = viewer.frames;
    await Bun.sleep(1000);
    rates.push(viewer.frames - before);
  }
  return rates;
}
