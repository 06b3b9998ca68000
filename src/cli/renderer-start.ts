import { startSpareWorker } from "../loading/start-worker.ts";
import { warmUpEgl } from "../native/egl-warm-up.ts";

/** What the renderer process needs, as its parent knows. */
export interface RendererNeeds {
  /** The system's software GL driver, unless there is a GPU. */
  readonly egl?: boolean;
  /** A Worker for a large file. */
  readonly worker?: boolean;
}

/** Renderer process of `view`: starts what takes long on other threads, and imports its code meanwhile, which takes 40 ms. */
export async function runRenderer(parentPid: number, { egl, worker }: RendererNeeds): Promise<void> {
  if (egl) warmUpEgl();
  if (worker) startSpareWorker();
  await (await import("./renderer.ts")).runRenderer(parentPid);
}
