import { isDeepStrictEqual } from "node:util";
import { mergePatch } from "../document/merge-patch.ts";
import { followCrosshair, withSlicesAt } from "../document/move-slices.ts";
import { DocumentError, mapFiles, type SceneDocument } from "../document/scene-document.ts";
import { FileRefusedError, type SceneFiles } from "../document/scene-files.ts";
import { checkDocument } from "../document/schema.ts";
import type { LayerKind } from "../layers/layer-properties.ts";
import type { SlicePositions } from "../layers/slice-text.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import { type Json, type SceneControl, ScenePatchError } from "../server/renderer/scene-control.ts";
import { describeError } from "./errors.ts";
import type { CameraChange, SceneRequest } from "./renderer-protocol.ts";
import { RendererGoneError } from "./renderer-requests.ts";

/** Maximum number of patches that wait for the renderer. They are merged; each has a request that waits for its answer. */
const MAX_WAITING = 256;

/** Keys of the view that describe from where the scene is framed. */
const FRAMING_KEYS = ["view", "azimuth", "elevation", "zoom", "up"];

export interface LiveSceneOptions {
  readonly files: SceneFiles;
  /** Has the renderer show a document. Rejects with a sentence if it cannot, and shows what it showed before. */
  readonly show: (request: SceneRequest) => Promise<void>;
  /** The camera of the newest frame; undefined before the first. */
  readonly camera: () => CameraState | undefined;
}

/** @throws ScenePatchError */
type Change = (document: SceneDocument) => unknown;

/** A change that waits for the renderer, with the names of files. */
interface Waiting {
  /** Returns the changed document, which is not checked yet. */
  readonly change: Change;
  readonly camera: CameraChange;
  /** Whether it is the next time step while they are played. */
  readonly isStep: boolean;
  readonly result: PromiseWithResolvers<Json>;
}

/**
 * The scene document of a running `view`. It belongs to the server, so that it survives a renderer that crashes. Patches that arrive while
 * the renderer is busy are merged: it is given the newest document, not each of them.
 */
export class LiveScene implements SceneControl {
  onChange: () => void = () => {};
  readonly #options: LiveSceneOptions;
  /** The document that the renderer has accepted, with the names of files. */
  #accepted: SceneDocument;
  /** `#accepted` with absolute paths, as it was when it was last requested. */
  #shown: { readonly accepted?: SceneDocument; readonly document: SceneDocument };
  /** `#accepted` with all waiting patches. */
  #wanted: SceneDocument;
  #waiting: Waiting[] = [];
  #isBusy = false;
  /** By id of the layer. */
  #kinds: ReadonlyMap<string, LayerKind> = new Map();

  /** @param document with absolute paths */
  constructor(document: SceneDocument, options: LiveSceneOptions) {
    this.#options = options;
    this.#accepted = options.files.withNames(document);
    this.#wanted = this.#accepted;
    this.#shown = { document };
  }

  get document(): Json {
    const { view, layers, ...rest } = this.#accepted;
    const camera = this.#options.camera() ?? view.camera;
    const shown = layers.map(({ id, file, ...layer }) => ({ id, file, kind: this.#kinds.get(id), ...layer }));
    // Leaves out what is undefined.
    return JSON.parse(JSON.stringify({ ...rest, layers: shown, view: { ...view, camera } })) as Json;
  }

  /** The document that the renderer shows, with absolute paths: the same object until it changes. */
  get shown(): SceneDocument {
    if (this.#shown.accepted !== this.#accepted)
      this.#shown = { accepted: this.#accepted, document: this.#withPaths(this.#accepted) };
    return this.#shown.document;
  }

  /** To be called when the renderer has reported the kinds of the layers by id. */
  setKinds(kinds: Readonly<Record<string, LayerKind>>): void {
    const next = new Map(Object.entries(kinds));
    if (isDeepStrictEqual(next, this.#kinds)) return;
    this.#kinds = next;
    this.onChange();
  }

  patch(patch: Json): Promise<Json> {
    const camera = cameraChange(patch);
    return this.#enqueue(camera, () => {
      // A part of a camera is a part of the one that is seen.
      const complete = camera === "set" ? withCamera(patch, this.#options.camera()) : patch;
      return (document) => mergePatch(camera === "frame" ? withoutCamera(document) : document, complete);
    });
  }

  /** The time step that is shown, from 0. */
  get step(): number {
    return this.#accepted.time ?? 0;
  }

  /** Shows the next time step while they are played. Rejects with a ScenePatchError. */
  async showStep(step: number): Promise<void> {
    await this.#enqueue("keep", () => (document) => ({ ...document, time: step }), true);
  }

  /** Changes properties of a layer; null: the default. Rejects with a ScenePatchError. */
  async changeLayer(id: string, change: Json): Promise<void> {
    await this.#enqueue("keep", () => ({ layers, ...document }) => {
      if (!layers.some((layer) => layer.id === id))
        throw new ScenePatchError(400, "The scene has no layer with this id.");
      return {
        ...document,
        layers: layers.map((layer) => (layer.id === id ? mergePatch(layer, change) : layer)),
      };
    });
  }

  /** Shows the layers in this order of their ids. Rejects with a ScenePatchError. */
  async orderLayers(ids: readonly string[]): Promise<void> {
    await this.#enqueue("keep", () => (document) => {
      const layers = ids.flatMap((id) => document.layers.find((layer) => layer.id === id) ?? []);
      if (new Set(layers).size !== document.layers.length || ids.length !== layers.length)
        throw new ScenePatchError(400, "The order must have the id of each layer of the scene, once.");
      return { ...document, layers };
    });
  }

  /**
   * To be called when the renderer has moved the slices of all volumes.
   *
   * @returns the document with absolute paths
   */
  moveSlices(positions: SlicePositions): SceneDocument {
    return this.#accept(withSlicesAt(this.#accepted, this.#kinds, positions));
  }

  /**
   * To be called when the renderer has moved the clip planes.
   *
   * @param planes the new value of `clipPlanes` of the view
   * @returns the document with absolute paths
   */
  moveClipPlanes(planes: string): SceneDocument {
    const { view, ...rest } = this.#accepted;
    return this.#accept({ ...rest, view: { ...view, clipPlanes: planes } });
  }

  /**
   * Shows a document that its owner has written. Rejects with a ScenePatchError.
   *
   * @param document with absolute paths; without a camera, that of the view stays
   */
  async replace(document: SceneDocument): Promise<void> {
    const { files } = this.#options;
    files.add(document);
    const camera = document.view.camera === undefined ? "keep" : "set";
    await this.#enqueue(camera, () => () => files.withNames(document));
  }

  /** To be called when the renderer shows an earlier document again. @param document with absolute paths */
  revert(document: SceneDocument): void {
    this.#accept(this.#options.files.withNames(document));
  }

  /** Takes over what the renderer has changed by itself. @returns the document with absolute paths */
  #accept(document: SceneDocument): SceneDocument {
    this.#accepted = document;
    this.#wanted = this.#refold();
    this.onChange();
    return this.#withPaths(this.#accepted);
  }

  async #enqueue(camera: CameraChange, prepare: () => Change, isStep = false): Promise<Json> {
    if (this.#waiting.length >= MAX_WAITING)
      throw new ScenePatchError(429, `${MAX_WAITING} changes wait for the renderer; wait for their results.`);
    const result = Promise.withResolvers<Json>();
    try {
      const change = prepare();
      this.#wanted = this.#apply(this.#wanted, change);
      this.#waiting.push({ change, camera, isStep, result });
    } catch (error) {
      throw toPatchError(error);
    }
    if (!this.#isBusy) void this.#work();
    return result.promise;
  }

  /** @throws DocumentError, FileRefusedError or ScenePatchError */
  #apply(document: SceneDocument, change: Change): SceneDocument {
    const changed = followCrosshair(document, checkDocument(change(document)), this.#kinds);
    this.#checkFiles(changed);
    return changed;
  }

  #withPaths(document: SceneDocument): SceneDocument {
    return mapFiles(document, (name) => this.#options.files.pathOf(name));
  }

  /** @throws FileRefusedError for a file that may not be opened */
  #checkFiles(document: SceneDocument): void {
    const { files } = this.#options;
    mapFiles(document, (name) => files.pathOf(name));
    for (const { id, file, series } of document.layers) {
      const before = this.#accepted.layers.find((layer) => layer.id === id);
      if (series === true && before?.series !== true && files.isKnown(files.pathOf(file)))
        throw new FileRefusedError(
          "The time steps of this file are other files, which a change may use only below the folder of --root.",
        );
    }
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      await this.#show(batch);
      this.#wanted = this.#refold();
    }
    this.#isBusy = false;
  }

  /** Shows the changes of a batch at once; if the renderer refuses them, one after another. */
  async #show(batch: readonly Waiting[]): Promise<void> {
    const [first] = batch;
    if (first === undefined) return;
    try {
      const document = batch.reduce((before, { change }) => this.#apply(before, change), this.#accepted);
      const camera = batch.findLast(({ camera }) => camera !== "keep")?.camera ?? "keep";
      const isStep = batch.every((waiting) => waiting.isStep);
      const shownDocument = this.#withPaths(document);
      await this.#options.show({ document: shownDocument, camera, ...(isStep && { isStep }) });
      this.#accepted = document;
      const shown = this.document;
      for (const { result } of batch) result.resolve(shown);
      this.onChange();
    } catch (error) {
      if (batch.length === 1) first.result.reject(toPatchError(error));
      else for (const each of batch) await this.#show([each]);
    }
  }

  /** The accepted document with the patches that wait; one that is no longer valid is refused. */
  #refold(): SceneDocument {
    let document = this.#accepted;
    this.#waiting = this.#waiting.filter(({ change, result }) => {
      try {
        document = this.#apply(document, change);
        return true;
      } catch (error) {
        result.reject(toPatchError(error));
        return false;
      }
    });
    return document;
  }
}

function cameraChange({ view }: Json): CameraChange {
  if (typeof view !== "object" || view === null) return "keep";
  const { camera } = view as { camera?: unknown };
  if (camera !== undefined && camera !== null) return "set";
  return camera === null || FRAMING_KEYS.some((key) => Object.hasOwn(view, key)) ? "frame" : "keep";
}

/** A framed view has no camera of its own. */
function withoutCamera(document: SceneDocument): SceneDocument {
  const { camera: _, ...view } = document.view;
  return { ...document, view };
}

function withCamera(patch: Json, seen: CameraState | undefined): Json {
  const view = patch.view as Json;
  return { ...patch, view: { ...view, camera: mergePatch(seen, view.camera) } };
}

function toPatchError(error: unknown): ScenePatchError {
  if (error instanceof ScenePatchError) return error;
  if (error instanceof DocumentError)
    return new ScenePatchError(
      400,
      `The scene would not be valid: ${error.message.replace(/([^.?])$/, "$1.")}`,
    );
  if (error instanceof FileRefusedError) return new ScenePatchError(403, error.message);
  if (error instanceof RendererGoneError) return new ScenePatchError(503, error.message);
  return new ScenePatchError(409, describeError(error).replace(/([^.?!])$/, "$1."));
}
