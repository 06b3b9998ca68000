import { existsSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import { inspectFile } from "../formats/inspect-file.ts";
import type { UpAxis } from "../formats/up-axis.ts";
import { cameraSchema } from "../protocol/camera-state.ts";
import { blankFrameReason } from "../scene/blank-frame.ts";
import { ShowManager } from "../scene/show-manager.ts";
import type { GlBackend } from "../scene/show-options.ts";
import type { LogLevelName } from "./choices.ts";
import { CommandError } from "./errors.ts";
import { loadShow } from "./load-show.ts";
import { LoadingProgress } from "./loading-progress.ts";
import { configureLog } from "./log.ts";
import { type Size, TRANSPARENT } from "./option-values.ts";
import { encodePicture, pictureFormat, writePicture } from "./picture-file.ts";
import { progressTimeoutMs, withProgressTimeout } from "./progress-timeout.ts";
import type { RendererConfig } from "./renderer-protocol.ts";

const log = getLogger(["scenecast", "render"]);

/** Value of `--camera` for the first camera of the file. */
const FILE_CAMERA = "file";

export interface RenderOptions {
  output: string;
  size: Size;
  up?: UpAxis;
  root?: string;
  background?: string;
  camera?: string;
  glBackend: GlBackend;
  strict?: boolean;
  json?: boolean;
  logLevel: LogLevelName;
}

/** `scenecast render`: writes one antialiased image of `files`, as PNG or JPEG. */
export async function render(files: string[], options: RenderOptions): Promise<void> {
  configureLog(options.logLevel);
  const { output, background } = options;
  const format = pictureFormat(output);
  const transparent = background === TRANSPARENT;
  if (transparent && format === "jpeg") {
    throw new CommandError("A JPEG cannot have a transparent background: write a .png, or give a colour.", 2);
  }
  const paths = files.map((file) => resolve(file));
  const bytes = paths.reduce((sum, path) => sum + inspectFile(path).bytes, 0);
  const usesFileCamera = options.camera === FILE_CAMERA;
  const givenCamera =
    options.camera === undefined || usesFileCamera ? undefined : parseCamera(options.camera);
  // Checked before a large file is loaded.
  const folder = dirname(resolve(output));
  if (output !== "-" && !existsSync(folder)) {
    throw new CommandError(`There is no directory ${folder} to write the picture to. Create it first.`);
  }

  using show = new ShowManager({
    size: options.size,
    glBackend: options.glBackend,
    ...(background !== undefined && { background }),
  });
  const title = paths.map((path) => basename(path)).join(", ");
  const progress = new LoadingProgress(title);
  const load = (onProgress: () => void) =>
    loadShow(show, {
      files: paths,
      up: options.up,
      root: options.root,
      onProgress(fraction, phase) {
        onProgress();
        progress.update(fraction, phase);
      },
    });
  const scene = await withProgressTimeout(title, load, progressTimeoutMs(bytes)).finally(() =>
    progress.clear(),
  );
  scene.frame("still");
  if (usesFileCamera && scene.camera === undefined) {
    throw new CommandError(
      `There is no camera in ${title}; without --camera the view is fitted to the scene.`,
    );
  }
  const camera = usesFileCamera ? scene.camera : givenCamera;
  if (camera) show.cameraState = camera;
  show.render({ samples: 4 });
  const image = show.snapshot();
  const { width, height } = image;
  const encoded = await encodePicture(image, format, transparent);
  await writePicture(output, encoded);
  const problem = blankFrameReason(show);
  if (options.json && output !== "-") {
    const { driver, cameraState } = show;
    const { length } = encoded;
    process.stdout.write(
      `${JSON.stringify({ output, width, height, bytes: length, driver, camera: cameraState, visible: problem === undefined })}\n`,
    );
  }
  if (problem === undefined) return;
  const message = `Nothing is visible in the picture: ${problem}.`;
  if (options.strict) throw new CommandError(message, 3);
  log.warning`${message}`;
}

function parseCamera(text: string): RendererConfig["camera"] {
  try {
    return cameraSchema.parse(JSON.parse(text));
  } catch {
    throw new CommandError(
      '--camera must be file (the first camera of a glTF file) or JSON as the page\'s /state reports it: {"position":[x,y,z],"focalPoint":[x,y,z],"viewUp":[x,y,z],"viewAngle":30}.',
      2,
    );
  }
}
