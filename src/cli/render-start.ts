import { isLargeFile, startSpareWorker } from "../loading/start-worker.ts";
import { warmUpEgl } from "../native/egl-warm-up.ts";
import type { RenderOptions } from "./render.ts";

/**
 * `scenecast render`: loads the GL driver and starts the Worker for a large file on other threads, while this one imports the code of the
 * command, which takes 30 ms.
 */
export async function render(files: string[], options: RenderOptions): Promise<void> {
  if (options.glBackend === "auto" || options.glBackend === "mesa") warmUpEgl(options.size);
  if (files.some(isLargeFile)) startSpareWorker();
  await (await import("./render.ts")).render(files, options);
}
