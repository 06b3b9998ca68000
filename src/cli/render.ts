import { existsSync } from "node:fs";
import { basename, dirname, extname, resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import { encodePngStrips } from "../encode/png.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import { warmUpEgl } from "../native/egl-warm-up.ts";
import type { PixelImage } from "../native/pixel-image.ts";
import { cameraSchema } from "../protocol/camera-state.ts";
import { blankFrameReason } from "../scene/blank-frame.ts";
import { ShowManager } from "../scene/show-manager.ts";
import { CommandError } from "./errors.ts";
import { layersOf, loadShow } from "./load-show.ts";
import { LoadingProgress } from "./loading-progress.ts";
import { configureLog } from "./log.ts";
import { type Size, TRANSPARENT } from "./option-values.ts";
import { writePicture } from "./picture-file.ts";
import { renderPicture } from "./picture-tiles.ts";
import { withProgressTimeout } from "./progress-timeout.ts";
import { EXTRA_MS_PER_BYTE, LIVENESS_LIMITS } from "./renderer-liveness.ts";
import type { RendererConfig, SceneOptions } from "./renderer-protocol.ts";
import { viewStyleOf } from "./view-options.ts";

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

  const title = paths.map((path) => basename(path)).join(", ");
  const progress = new LoadingProgress(title, bytes);
  if (options.glBackend === "auto" || options.glBackend === "mesa") warmUpEgl();
  let opened: ShowManager | undefined;
  const openShow = (): ShowManager => {
    // Not disposed: the end of the process frees its memory, 6 ms faster.
    opened ??= new ShowManager({ size: options.size, glBackend: options.glBackend, background });
    return opened;
  };
  const load = (onProgress: () => void) =>
    loadShow(openShow, layersOf(paths, options.styles), {
      up: options.up,
      root: options.root,
      fit: options.fit,
      view: viewStyleOf({ ...options }),
      drafts: false,
      onWorker: openShow,
      onProgress(fraction, phase) {
        onProgress();
        progress.update(fraction, phase);
      },
    });
  const timeoutMs = LIVENESS_LIMITS.noProgressMs + bytes * EXTRA_MS_PER_BYTE;
  const scene = await withProgressTimeout(title, load, timeoutMs).finally(() => progress.clear());
  const show = openShow();
  scene.frame("still");
  if (usesFileCamera && scene.camera === undefined) {
    throw new CommandError(
      `There is no camera in ${title}; without --camera the view is fitted to the scene.`,
    );
  }
  const camera = usesFileCamera ? scene.camera : givenCamera;
  if (camera) show.cameraState = camera;
  const content = new UniformityCheck();
  const strips = renderPicture(show, (fraction) => progress.update(fraction, "drawing the picture"));
  const pieces = encodePicture(options.size, content.watch(strips), format, transparent);
  const length = await writePicture(output, pieces).finally(() => progress.clear());
  const { driver, cameraState } = show;
  const problem = content.isUniform || show.overlay !== undefined ? reasonIfBlank(show) : undefined;
  if (options.json && output !== "-") {
    const [width, height] = options.size;
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

/** Encodes strips to chunks of the image file. Transparent strips, which must be PNG, are changed in place. */
async function* encodePicture(
  size: Size,
  strips: Generator<PixelImage>,
  format: PictureFormat,
  transparent: boolean,
): AsyncGenerator<Uint8Array> {
  const [width, height] = size;
  if (format === "png") {
    yield* encodePngStrips({ width, height }, transparent ? withStraightAlpha(strips) : strips, {
      alpha: transparent,
    });
    return;
  }
  const { encodeJpegStrips } = await import("../encode/jpeg-strips.ts");
  yield* encodeJpegStrips({ width, height }, strips, { quality: JPEG_QUALITY });
}

/** Converts premultiplied alpha, which GL produces at antialiased edges, to PNG's straight alpha; in place. */
function* withStraightAlpha(strips: Iterable<PixelImage>): Generator<PixelImage> {
  for (const strip of strips) {
    const { data } = strip;
    for (let i = 0; i + 3 < data.length; i += 4) {
      const alpha = data[i + 3] ?? 0;
      if (alpha === 0 || alpha === 255) continue;
      for (let c = i; c < i + 3; c += 1) data[c] = Math.min(255, Math.round(((data[c] ?? 0) * 255) / alpha));
    }
    yield strip;
  }
}

/** Checks whether all pixels of a picture are equal, which means that nothing may be visible. */
class UniformityCheck {
  isUniform = true;

  *watch(strips: Iterable<PixelImage>): Generator<PixelImage> {
    let first: Uint8Array | undefined;
    for (const strip of strips) {
      const { data } = strip;
      first ??= data.slice(0, 4);
      this.isUniform &&=
        Buffer.compare(first, data.subarray(0, 4)) === 0 &&
        Buffer.compare(data.subarray(4), data.subarray(0, -4)) === 0;
      yield strip;
    }
  }
}

/** Returns why nothing is visible in the picture; determined in a smaller frame if it was rendered in tiles. */
function reasonIfBlank(show: ShowManager): string | undefined {
  const [width, height] = show.size;
  const [frameWidth, frameHeight] = show.frameSize;
  if (frameWidth !== width || frameHeight !== height) {
    const scale = 1024 / Math.max(width, height);
    const side = (length: number) => Math.max(1, Math.round(length * scale));
    show.resize(side(width), side(height));
    show.render({ samples: 4 });
  }
  return blankFrameReason(show);
}
