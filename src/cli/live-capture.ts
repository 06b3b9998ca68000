import { isDeepStrictEqual } from "node:util";
import type { SceneDocument } from "../document/scene-document.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import { sameCameraState } from "../scene/camera/camera-state.ts";
import type { LiveCapture } from "./film-frames.ts";

/** Time between two moments, ms. */
const INTERVAL_MS = 1000 / 60;

/** Maximum duration of what is captured, ms: 36,000 moments. */
const MAX_MS = 600_000;

export interface CaptureSource {
  /** The document that is shown. */
  document(): SceneDocument;
  /** The camera of the newest frame; undefined before the first. */
  camera(): CameraState | undefined;
}

/**
 * Captures what is done in a view: its documents and cameras, which are a few hundred bytes a moment, and not its pictures, which would be
 * drafts.
 *
 * @param onEnd called after ten minutes, unless it was finished before
 * @returns a function that ends the capturing
 */
export function captureView({ document, camera }: CaptureSource, onEnd: () => void): () => LiveCapture {
  const start = performance.now();
  const documents: SceneDocument[] = [];
  const moments: LiveCapture["moments"][number][] = [];
  const capture = (): void => {
    const seen = camera();
    if (seen === undefined) return;
    const ms = performance.now() - start;
    if (ms > MAX_MS) {
      onEnd();
      return;
    }
    const shown = document();
    const last = documents.at(-1);
    if (last === undefined || !isSameScene(last, shown)) documents.push(shown);
    const moment = { ms, document: documents.length - 1, camera: seen };
    const previous = moments.at(-1);
    const isSame = previous?.document === moment.document && sameCameraState(previous.camera, moment.camera);
    if (!isSame) moments.push(moment);
  };
  capture();
  const timer = setInterval(capture, INTERVAL_MS);
  return () => {
    clearInterval(timer);
    return { documents, moments, durationMs: Math.min(MAX_MS, performance.now() - start) };
  };
}

function isSameScene(a: SceneDocument, b: SceneDocument): boolean {
  if (a === b) return true;
  const withoutCamera = ({ view: { camera: _, ...view }, ...document }: SceneDocument) => ({
    ...document,
    view,
  });
  return isDeepStrictEqual(withoutCamera(a), withoutCamera(b));
}
