import { resolve } from "node:path";
import { readDocument } from "../document/document-file.ts";
import { followCrosshair } from "../document/move-slices.ts";
import { mapFiles, type SceneDocument } from "../document/scene-document.ts";
import { checkDocument } from "../document/schema.ts";
import { assertCameraState } from "./camera/camera-state.ts";
import { changeView } from "./change-view.ts";
import type { LoadOptions } from "./load-layer.ts";
import { type LoadedShow, loadShow } from "./load-show.ts";
import type { ShowManager } from "./show-manager.ts";

/** What each show shows. */
const scenes = new WeakMap<ShowManager, LoadedShow>();

/** The end of the newest change of each show: changes are made one after another. */
const changes = new WeakMap<ShowManager, Promise<void>>();

type Options = Pick<LoadOptions, "root" | "fit" | "drafts" | "onProgress" | "signal">;

/**
 * Shows a scene document. Afterwards `show.document` is the document, with the camera as it is; a changed one is shown by another call,
 * without reading files again where their objects can be changed. If it cannot be shown, everything stays as it was.
 *
 * ```ts
 * await showDocument(show, "figure.scenecast.json");
 * const { document } = show;
 * if (document) await showDocument(show, { ...document, view: { ...document.view, axes: true } });
 * ```
 *
 * @param document path of a file, or a document with paths relative to the working directory
 * @throws DocumentError for a document that is not valid, LoadError for a file that cannot be shown, RangeError for its camera
 */
export function showDocument(
  show: ShowManager,
  document: string | SceneDocument,
  options: Options = {},
): Promise<void> {
  const before = changes.get(show) ?? Promise.resolve();
  const changed = before.catch(() => {}).then(() => change(show, document, options));
  changes.set(show, changed);
  return changed;
}

async function change(show: ShowManager, requested: string | SceneDocument, options: Options): Promise<void> {
  const requestedDocument =
    typeof requested === "string"
      ? readDocument(requested)
      : mapFiles(checkDocument(requested), (file) => resolve(file));
  const { camera } = requestedDocument.view;
  if (camera !== undefined) assertCameraState(camera);
  const before = show.document;
  const kinds = new Map(Object.entries(scenes.get(show)?.kinds ?? {}));
  const document =
    before === undefined ? requestedDocument : followCrosshair(before, requestedDocument, kinds);
  if (((await scenes.get(show)?.change(document)) ?? "impossible") === "impossible") {
    const scene = await loadShow(show, document, options);
    scenes.get(show)?.remove();
    if (!scenes.has(show)) show.on("clip", ({ planes }) => keepPlanes(show, planes));
    scenes.set(show, scene);
  }
  const isFirst = before === undefined;
  changeView(show, scenes.get(show), {
    view: document.view,
    before: before?.view ?? {},
    camera: camera !== undefined ? "set" : isFirst || isFramed(before, document) ? "frame" : "keep",
  });
  show.shownDocument = document;
}

function keepPlanes(show: ShowManager, clipPlanes: string): void {
  const { shownDocument: document } = show;
  if (document !== undefined) show.shownDocument = { ...document, view: { ...document.view, clipPlanes } };
}

/** Whether a document without a camera describes another view than the one before. */
function isFramed({ view: before }: SceneDocument, { view }: SceneDocument): boolean {
  return (["view", "azimuth", "elevation", "zoom", "up"] as const).some((key) => view[key] !== before[key]);
}
