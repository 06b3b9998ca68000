import { existsSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import { isDocument, readDocument } from "../document/document-file.ts";
import { filesOf, type SceneDocument } from "../document/scene-document.ts";
import type { FilmFormat } from "../film/film-writer.ts";
import { CommandError } from "./errors.ts";
import type { FilmShot } from "./film-frames.ts";
import { renderFilm } from "./film-job.ts";
import { LoadingProgress } from "./loading-progress.ts";
import { configureLog, ignoreEpipe } from "./log.ts";
import { TRANSPARENT } from "./option-values.ts";
import { writeFile } from "./picture-file.ts";
import type { SceneOptions } from "./renderer-protocol.ts";
import { documentOfArguments, takeModule, titleOf } from "./scene-arguments.ts";

const log = getLogger(["scenecast", "record"]);

/** Size whose progress line is shown immediately: a film takes seconds. */
const SHOWN_AT_ONCE = Number.POSITIVE_INFINITY;

export interface RecordOptions extends SceneOptions {
  output: string;
  turntable?: number;
  path?: readonly string[];
  allTimes?: boolean;
  loop?: boolean;
  frames?: number;
  fps?: number;
  json?: boolean;
}

/** `scenecast record`: writes a film of `files`. */
export async function record(files: string[], options: RecordOptions): Promise<void> {
  configureLog(options.logLevel);
  // The reader of the JSON lines may stop early.
  ignoreEpipe(process.stdout);
  const { output, json, size, glBackend, root, fit, frames, fps } = options;
  const format = filmFormat(output);
  const views = (options.path ?? []).map(readView);
  const [firstView] = options.path ?? [];
  if (files.length === 0 && firstView === undefined)
    throw new CommandError("Give the files to record, or the saved views of --path.", 2);
  const { module, files: data, styles } = takeModule(files, options.styles);
  const document = await documentOfArguments(
    files.length === 0 && firstView !== undefined ? [firstView] : data,
    { ...options, styles },
  );
  if (document.view.background === TRANSPARENT && format === "webm") {
    throw new CommandError(
      "A WebM film cannot have a transparent background: write a .webp, or give a color.",
      2,
    );
  }
  // Checked before a large file is loaded.
  const folder = dirname(resolve(output));
  if (!existsSync(folder))
    throw new CommandError(`There is no directory ${folder} to write the film to. Create it first.`);
  const shot = shotOf(options, views);
  const title = titleOf(module === undefined ? filesOf(document) : [...filesOf(document), module]);
  const progress = new LoadingProgress(title, SHOWN_AT_ONCE);
  const print = (object: object) => json && process.stdout.write(`${JSON.stringify(object)}\n`);
  let lastFrame = 0;
  const job = { document, module, format, shot, size, glBackend, root, fit, frames, fps };
  await writeFile(output, "film", async (write) => {
    const film = await renderFilm(job, write, {
      onLoading: (fraction, phase) => progress.update(fraction, phase),
      onProgress(state) {
        progress.update(
          state.fraction,
          `recording picture ${state.frame + 1} of ${state.frames}${sizeOf(state.estimatedBytes)},`,
        );
        if (state.frame > lastFrame) print(state);
        lastFrame = state.frame;
      },
      onBlank: (reason) => log.warning`Nothing is visible in the first picture: ${reason}.`,
    }).finally(() => progress.clear());
    const [width, height] = size;
    print({ output, width, height, ...film });
  });
}

function filmFormat(output: string): FilmFormat {
  const extension = extname(output).toLowerCase();
  if (extension === ".webm") return "webm";
  if (extension === ".webp") return "webp";
  throw new CommandError(`Cannot write the film ${output}: its name must end with .webm or .webp.`, 2);
}

/** The view of a file with a saved view. */
function readView(path: string): SceneDocument["view"] {
  if (!isDocument(path))
    throw new CommandError(`--path takes saved views, FILE.scenecast.json, not ${path}.`, 2);
  return readDocument(path).view;
}

function shotOf(options: RecordOptions, views: readonly SceneDocument["view"][]): FilmShot {
  const { turntable, path, allTimes, loop = false } = options;
  if ([turntable, path, allTimes].filter((value) => value !== undefined).length > 1)
    throw new CommandError("Give one of --turntable, --path and --all-times.", 2);
  if (loop && path === undefined)
    throw new CommandError("--loop is for the views of --path; other films repeat anyway.", 2);
  if (path !== undefined) {
    if (views.length < 2)
      throw new CommandError("--path takes two or more saved views, separated by commas.", 2);
    return { kind: "path", views, loop };
  }
  if (allTimes) return { kind: "steps" };
  return { kind: "turntable", degrees: turntable ?? 360 };
}

/** ", about 3.1 MB" */
function sizeOf(bytes: number | null): string {
  if (bytes === null) return "";
  return `, about ${bytes < 1e6 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`}`;
}
