import type { RunningScenecast } from "../../test/support/scenecast.ts";
import type { Report } from "./report.ts";

/** Starts dist/scenecast with these arguments on a free port, and waits for its ready line. */
export type Start = (args: readonly string[]) => Promise<RunningScenecast>;

/** The parameters of every benchmark case. */
export interface BenchSetup {
  readonly start: Start;
  /** Path of the OBJ file to show. */
  readonly model: string;
  readonly runs: number;
  /** Duration of one measurement of a rate, s. */
  readonly seconds: number;
  readonly report: Report;
}

/** The parts of `/state` that the benchmarks read. */
interface State {
  renderer: { state: string; pid: number; renders: number };
}

/** The renderer's process and how often it has rendered. */
export async function rendererOf(view: RunningScenecast): Promise<State["renderer"]> {
  return (await view.state<State>()).renderer;
}

/** Waits for the first frame, and for a second without a rendering; at most 30 s. */
export async function whenStill(view: RunningScenecast): Promise<void> {
  for (let before = -1, tries = 0; tries < 30; tries++) {
    const { state, renders } = await rendererOf(view);
    if (state === "running" && renders === before) return;
    before = renders;
    await Bun.sleep(1000);
  }
}
