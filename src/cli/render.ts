import { existsSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import { filesOf, type SceneDocument } from "../document/scene-document.ts";
import { inspectFile } from "../formats/inspect-file.ts";
import type { FormatId } from "../formats/registry.ts";
import type { PixelImage } from "../native/pixel-image.ts";
import { type CameraState, cameraSchema } from "../protocol/camera-state.ts";
import { blankFrameReason } from "../scene/blank-frame.ts";
import { fixFactors } from "../scene/fixed-factors.ts";
import { type LoadedShow, loadShow } from "../scene/load-show.ts";
import { ShowManager } from "../scene/show-manager.ts";
import { encodePicture, type PictureFormat } from "./encode-picture.ts";
import { CommandError } from "./errors.ts";
import { LoadingProgress } from "./loading-progress.ts";
import { configureLog, ignoreEpipe } from "./log.ts";
import { TRANSPARENT } from "./option-values.ts";
import { checkTemplate, expandTemplate, modelName, namesModel } from "./output-template.ts";
import { writePicture } from "./picture-file.ts";
import { isTiled, renderPicture } from "./picture-tiles.ts";
import { withProgressTimeout } from "./progress-timeout.ts";
import { EXTRA_MS_PER_BYTE, LIVENESS_LIMITS } from "./renderer-liveness.ts";
import type { SceneOptions } from "./renderer-protocol.ts";
import { documentOfArguments, takeModule, titleOf } from "./scene-arguments.ts";

const log = getLogger(["scenecast", "render"]);

/** Value of `--camera` for the first camera of the file. */
const FILE_CAMERA = "file";

/** The usual material of a format, whose shaders are compiled while the file is read. */
const WARM_UP_MATERIALS: Partial<Record<FormatId, "gltf" | "mesh">> = {
  gltf: "gltf",
  glb: "gltf",
  ply: "mesh",
  stl: "mesh",
  obj: "mesh",
};

export interface RenderOptions extends SceneOptions {
  output: string;
  camera?: string;
  strict?: boolean;
  turntable?: number;
  allTimes?: boolean;
  json?: boolean;
}

/** `scenecast render`: writes antialiased pictures of `files`: one of all files, or one of each, from one or several directions. */
export async function render(files: string[], options: RenderOptions): Promise<void> {
  configureLog(options.logLevel);
  // The reader of the JSON lines may stop early.
  ignoreEpipe(process.stdout);
  const { output, turntable, allTimes } = options;
  const format = pictureFormat(output);
  if (turntable !== undefined && allTimes) {
    throw new CommandError("Give --turntable or --all-times, not both: each numbers the pictures.", 2);
  }
  const sequence = turntable !== undefined ? "--turntable" : allTimes ? "--all-times" : undefined;
  checkTemplate(output, { sequence, files: files.length });
  const { module, files: data, styles } = takeModule(files, options.styles);
  const document = withCamera(await documentOfArguments(data, { ...options, styles }), options.camera);
  if (document.view.background === TRANSPARENT && format === "jpeg") {
    throw new CommandError(
      "A JPEG cannot have a transparent background: write a .png or .webp, or give a color.",
      2,
    );
  }
  if (module !== undefined && namesModel(output))
    throw new CommandError("{model} stands for the name of a file; a scene module makes one scene.", 2);
  const scenes = namesModel(output) ? separateLayers(document) : [document];
  const models = scenes.map(modelOf);
  const twice = models.find((model, i) => models.indexOf(model) !== i);
  if (twice !== undefined) {
    throw new CommandError(`Two files are named ${twice}: their pictures would have the same name.`, 2);
  }
  let last: { show: ShowManager; scene: LoadedShow } | undefined;
  for (const scene of scenes) {
    last?.scene.remove();
    last = await renderScene(scene, module, options, format, last?.show);
  }
}

/** Writes the pictures of one scene. @returns the show, for the next scene, and its scene */
async function renderScene(
  document: SceneDocument,
  module: string | undefined,
  options: RenderOptions,
  format: PictureFormat,
  opened: ShowManager | undefined,
): Promise<{ show: ShowManager; scene: LoadedShow }> {
  const { output, turntable = 1, allTimes = false } = options;
  const { background } = document.view;
  const transparent = background === TRANSPARENT;
  const paths = filesOf(document);
  const bytes = paths.reduce((sum, path) => sum + inspectFile(path).bytes, 0);
  const usesFileCamera = options.camera === FILE_CAMERA;
  // Checked before a large file is loaded.
  const folder = dirname(resolve(output));
  if (output !== "-" && !existsSync(folder)) {
    throw new CommandError(`There is no directory ${folder} to write the picture to. Create it first.`);
  }

  const title = titleOf(module === undefined ? paths : [...paths, module]);
  const progress = new LoadingProgress(title, bytes);
  const openShow = (): ShowManager => {
    // Not disposed: the end of the process frees its memory, 6 ms faster.
    opened ??= new ShowManager({
      ...{ size: options.size, glBackend: options.glBackend },
      ...(background !== undefined && { background }),
    });
    return opened;
  };
  const load = (onProgress: () => void) =>
    loadShow(openShow, document, {
      root: options.root,
      fit: options.fit,
      drafts: false,
      onWorker(id) {
        const material = WARM_UP_MATERIALS[id];
        if (opened === undefined && material !== undefined && !isTiled(options.size))
          openShow().warmUp(material);
      },
      onProgress(fraction, phase) {
        onProgress();
        progress.update(fraction, phase);
      },
    });
  const timeoutMs = LIVENESS_LIMITS.noProgressMs + bytes * EXTRA_MS_PER_BYTE;
  const scene = await withProgressTimeout(title, load, timeoutMs).finally(() => progress.clear());
  const show = openShow();
  const extent = turntable > 1 ? "turntable" : "still";
  if (module === undefined) {
    scene.frame(extent);
    fixFactors(show.scene);
  } else {
    if (paths.length > 0) show.shownDocument = document;
    await showModule(show, module, scene, extent);
  }
  if (usesFileCamera && scene.camera === undefined) {
    throw new CommandError(
      `There is no camera in ${title}; without --camera the view is fitted to the scene.`,
    );
  }
  const camera = usesFileCamera ? scene.camera : document.view.camera;
  if (camera) show.cameraState = camera;
  const [width, height] = options.size;
  const count = allTimes ? (scene.time?.count ?? 1) : turntable;
  for (let n = 0; n < count; n += 1) {
    if (allTimes) await scene.time?.show(n);
    const content = new UniformityCheck();
    const drawing = count > 1 ? `drawing picture ${n + 1} of ${count}` : "drawing the picture";
    const strips = renderPicture(show, (fraction) => progress.update(fraction, drawing));
    const pieces = encodePicture(options.size, content.watch(strips), format, transparent);
    const path = expandTemplate(output, { model: modelOf(document), n, count });
    const bytes = await writePicture(path, pieces).finally(() => progress.clear());
    const { driver, cameraState } = show;
    // Checking a picture in tiles changes the size of the show, so only the last one is checked.
    const canCheck = n === count - 1 || !isTiled(options.size);
    const mayBeBlank = content.isUniform || show.overlay !== undefined;
    const problem = canCheck && mayBeBlank ? reasonIfBlank(show) : undefined;
    if (options.json && output !== "-") {
      const visible = problem === undefined;
      process.stdout.write(
        `${JSON.stringify({ output: path, width, height, bytes, driver, camera: cameraState, visible })}\n`,
      );
    }
    if (problem !== undefined) {
      const message = `Nothing is visible in the picture: ${problem}.`;
      if (options.strict) throw new CommandError(message, 3);
      log.warning`${message}`;
    }
    show.view.azimuth(360 / turntable);
    show.resetCameraClippingRange();
  }
  return { show, scene };
}

/** Has a module fill the show, and frames it unless the module does. */
async function showModule(
  show: ShowManager,
  module: string,
  scene: LoadedShow,
  extent: "still" | "turntable",
): Promise<void> {
  const { recordSceneModule } = await import("./modules/scene-module.ts");
  const { placedCamera } = await recordSceneModule(show, module);
  await scene.onObjectsAdded();
  if (!placedCamera) scene.frame(extent);
}

/** Sets the value of `--camera`. */
function withCamera(document: SceneDocument, text: string | undefined): SceneDocument {
  if (text === undefined || text === FILE_CAMERA) return document;
  return { ...document, view: { ...document.view, camera: parseCamera(text) } };
}

/** Makes a scene of each layer. */
function separateLayers(document: SceneDocument): SceneDocument[] {
  return document.layers.map((layer) => ({ ...document, layers: [layer] }));
}

/** The name of the first file, for {model} in the name of the output. */
function modelOf({ layers }: SceneDocument): string {
  return modelName(layers[0]?.file ?? "");
}

function parseCamera(text: string): CameraState {
  try {
    return cameraSchema.parse(JSON.parse(text));
  } catch {
    throw new CommandError(
      '--camera must be file (the first camera of a glTF file) or JSON as the page\'s /state reports it: {"position":[x,y,z],"focalPoint":[x,y,z],"viewUp":[x,y,z],"viewAngle":30}.',
      2,
    );
  }
}

/** Image format by file extension; PNG for `-` (standard output). @throws CommandError for any other extension */
function pictureFormat(output: string): PictureFormat {
  if (output === "-") return "png";
  const extension = extname(output).toLowerCase();
  if (extension === ".png") return "png";
  if (extension === ".jpg" || extension === ".jpeg") return "jpeg";
  if (extension === ".webp") return "webp";
  throw new CommandError(
    `Cannot write the picture ${output}: its name must end with .png, .jpg, .jpeg or .webp.`,
    2,
  );
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
