import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { basename, dirname, extname, resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import { encodePng } from "../encode/png.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { cameraSchema } from "../protocol/camera-state.ts";
import { blankFrameReason } from "../scene/blank-frame.ts";
import { ShowManager } from "../scene/show-manager.ts";
import type { Snapshot } from "../scene/show-options.ts";
import { CommandError, codeOf } from "./errors.ts";
import { loadShow } from "./load-show.ts";
import { LoadingProgress } from "./loading-progress.ts";
import { configureLog } from "./log.ts";
import { TRANSPARENT } from "./option-values.ts";
import { withProgressTimeout } from "./progress-timeout.ts";
import { EXTRA_MS_PER_BYTE, LIVENESS_LIMITS } from "./renderer-liveness.ts";
import type { RendererConfig, SceneOptions } from "./renderer-protocol.ts";

const log = getLogger(["scenecast", "render"]);

/** Value of `--camera` for the first camera of the file. */
const FILE_CAMERA = "file";

/** High enough to avoid ringing at text and thin lines. */
const JPEG_QUALITY = 92;

export interface RenderOptions extends SceneOptions {
  output: string;
  camera?: string;
  strict?: boolean;
  json?: boolean;
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

  using show = new ShowManager({ size: options.size, glBackend: options.glBackend, background });
  const title = paths.map((path) => basename(path)).join(", ");
  const progress = new LoadingProgress(title);
  const load = (onProgress: () => void) =>
    loadShow(show, paths, {
      up: options.up,
      root: options.root,
      onProgress(fraction, phase) {
        onProgress();
        progress.update(fraction, phase);
      },
    });
  const timeoutMs = LIVENESS_LIMITS.noProgressMs + bytes * EXTRA_MS_PER_BYTE;
  const scene = await withProgressTimeout(title, load, timeoutMs).finally(() => progress.clear());
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

type PictureFormat = "png" | "jpeg";

/** Image format by file extension; PNG for `-` (standard output). @throws CommandError for any other extension */
function pictureFormat(output: string): PictureFormat {
  if (output === "-") return "png";
  const extension = extname(output).toLowerCase();
  if (extension === ".png") return "png";
  if (extension === ".jpg" || extension === ".jpeg") return "jpeg";
  throw new CommandError(
    `Cannot write the picture ${output}: its name must end with .png, .jpg or .jpeg.`,
    2,
  );
}

/** Encodes an image. A transparent one must be PNG and have premultiplied alpha; its pixels are changed in place. */
async function encodePicture(
  { width, height, data }: Snapshot,
  format: PictureFormat,
  transparent: boolean,
): Promise<Uint8Array> {
  const image = { width, height, data, format: "rgba", bottomUp: false } as const;
  if (format === "png") {
    if (transparent) unpremultiplyAlpha(data);
    return encodePng(image, { alpha: transparent });
  }
  const { encodeJpegSync } = await import("../native/jpeg.ts");
  return encodeJpegSync(image, { quality: JPEG_QUALITY, subsampling: "4:4:4" });
}

/** Writes the file, or to standard output. @throws CommandError if it cannot be written */
async function writePicture(output: string, bytes: Uint8Array): Promise<void> {
  if (output === "-") {
    await Bun.write(Bun.stdout, bytes);
    return;
  }
  try {
    await writeFile(output, bytes);
  } catch (error) {
    throw new CommandError(`Cannot write the picture to ${output} (${codeOf(error)}).`);
  }
}

/** Converts premultiplied alpha, as GL gives it at antialiased edges, to PNG's straight alpha; in place. */
function unpremultiplyAlpha(data: Uint8Array): void {
  for (let i = 0; i + 3 < data.length; i += 4) {
    const alpha = data[i + 3] ?? 0;
    if (alpha === 0 || alpha === 255) continue;
    for (let c = i; c < i + 3; c += 1) data[c] = Math.min(255, Math.round(((data[c] ?? 0) * 255) / alpha));
  }
}
