import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { encodePng } from "../encode/png.ts";
import { inspectFile } from "../scene/inspect.ts";
import { ShowManager } from "../scene/show-manager.ts";
import type { GlBackend } from "../scene/show-options.ts";
import type { UpAxis } from "../scene/up-axis.ts";
import { CommandError } from "./errors.ts";
import { loadShow } from "./load-show.ts";
import { LoadingProgress } from "./loading-progress.ts";
import { configureLog } from "./log.ts";
import type { LogLevelName, Size } from "./options.ts";
import { cameraSchema, type RendererConfig } from "./renderer-protocol.ts";

export interface RenderOptions {
  output: string;
  size: Size;
  up?: UpAxis;
  root?: string;
  background?: string;
  camera?: string;
  glBackend: GlBackend;
  json?: boolean;
  logLevel: LogLevelName;
}

/** `scenecast render`: one antialiased picture of `files` as a PNG. */
export async function render(files: string[], options: RenderOptions): Promise<void> {
  configureLog(options.logLevel);
  const paths = files.map((file) => resolve(file));
  for (const path of paths) inspectFile(path);
  const camera = options.camera === undefined ? undefined : parseCamera(options.camera);
  // Said before a large file is loaded in vain.
  const folder = dirname(resolve(options.output));
  if (options.output !== "-" && !existsSync(folder)) {
    throw new CommandError(`There is no directory ${folder} to write the picture to; make it first.`);
  }

  using show = new ShowManager({
    size: options.size,
    glBackend: options.glBackend,
    ...(options.background !== undefined && { background: options.background }),
  });
  const progress = new LoadingProgress(paths.map((path) => basename(path)).join(", "));
  const shown = await loadShow(show, {
    files: paths,
    up: options.up,
    root: options.root,
    onProgress: (fraction, phase) => progress.update(fraction, phase),
  }).finally(() => progress.clear());
  shown.frame();
  if (camera) show.cameraState = camera;
  show.render({ samples: 4 });
  const { width, height, data } = show.snapshot();
  const png = await encodePng({ width, height, data, format: "rgba", bottomUp: false });
  await write(options.output, png);
  if (options.json && options.output !== "-") {
    const { output } = options;
    const { driver } = show;
    process.stdout.write(
      `${JSON.stringify({ output, width, height, bytes: png.length, driver, camera: show.cameraState })}\n`,
    );
  }
}

async function write(output: string, png: Uint8Array): Promise<void> {
  if (output === "-") {
    await Bun.write(Bun.stdout, png);
    return;
  }
  try {
    await writeFile(output, png);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new CommandError(`The picture can not be written to ${output} (${code}).`);
  }
}

function parseCamera(text: string): RendererConfig["camera"] {
  try {
    return cameraSchema.parse(JSON.parse(text));
  } catch {
    throw new CommandError(
      '--camera takes JSON as the page\'s /state reports it: {"position":[x,y,z],"focalPoint":[x,y,z],"viewUp":[x,y,z],"viewAngle":30}.',
      2,
    );
  }
}
