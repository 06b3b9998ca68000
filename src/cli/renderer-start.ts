import { startSpareWorker } from "../loading/start-worker.ts";
import { warmUpEgl } from "../native/egl-warm-up.ts";

/** What the renderer process prepares at its start, chosen by its parent. */
export interface RendererNeeds {
  /** The system's software GL driver, unless there is a GPU. */
  readonly egl?: boolean;
  /** A Worker for a large file. */
  readonly worker?: boolean;
}

/** Renderer process of `view`: prepares on other threads, while this one imports the code, which takes 40 ms. */
export async function runRenderer(parentPid: number, { egl, worker }: RendererNeeds): Promise<void> {
  if (egl) warmUpEgl();
  if (worker) startSpareWorker();
  await (await import("./renderer.ts")).runRenderer(parentPid);
}
