import { isLargeFile, startSpareWorker } from "../loading/start-worker.ts";
import { warmUpEgl } from "../native/egl-warm-up.ts";
import type { RenderOptions } from "./render.ts";

/**
 * `scenecast render`: starts what takes long on other threads, the GL driver and the Worker for a large file, and imports the code of the
 * command meanwhile, which takes 30 ms.
 */
export async function render(files: string[], options: RenderOptions): Promise<void> {
  if (options.glBackend === "auto" || options.glBackend === "mesa") warmUpEgl(options.size);
  if (files.some(isLargeFile)) startSpareWorker();
  await (await import("./render.ts")).render(files, options);
}
