import { mergePatch } from "../document/merge-patch.ts";
import { DocumentError, type SceneDocument } from "../document/scene-document.ts";
import { checkDocument } from "../document/schema.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { ControlValue } from "../protocol/panel.ts";
import type { RecordingFormat, RecordingRequest, RecordingStatus } from "../protocol/recording.ts";
import { cameraForAspect } from "../scene/camera/camera-state.ts";
import { type Recorder, RecordingError } from "../server/renderer/recorder.ts";
import { secondsAt } from "./animation-clock.ts";
import type { FilmShot } from "./film-frames.ts";
import { type CaptureSource, type ControlChange, ViewCapture } from "./live-capture.ts";
import { type Size, TRANSPARENT } from "./option-values.ts";
import { Recording } from "./recording.ts";
import type { SceneOptions } from "./renderer-protocol.ts";

export interface RecorderOptions
  extends CaptureSource,
    Pick<SceneOptions, "glBackend" | "root" | "fit" | "logLevel"> {
  /** Whether a document without layers stands for the built-in demo scene. */
  readonly demo: boolean;
  /** Absolute path of the scene module. */
  readonly module: string | undefined;
  /** Values of the module's controls, by their name. */
  controlValues(): Readonly<Record<string, ControlValue>> | undefined;
  /** Whether a viewer has stopped the animation. */
  isStopped(): boolean;
  /** Size of the view, px. */
  size(): Size;
}

/** Makes pictures and films of a running `view` in processes of their own, so that the view stays fluent. One at a time. */
export class ViewRecorder implements Recorder {
  readonly #options: RecorderOptions;
  #recording: Recording | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get status(): RecordingStatus | undefined {
    return this.#recording?.status;
  }

  get file(): Blob | undefined {
    return this.#recording?.file;
  }

  start(request: RecordingRequest): RecordingStatus {
    const state = this.status?.state;
    if (state === "capturing" || state === "rendering")
      throw new RecordingError(409, "Something is being recorded; wait for its end, or cancel it.");
    const format = formatOf(request);
    const document = this.#documentFor(request, this.#options.document());
    if (document.view.background === TRANSPARENT && format !== "png" && format !== "webp") {
      const instead = request.kind === "picture" ? "a png or webp" : "a webp";
      throw new RecordingError(400, `A ${format} cannot be transparent: record ${instead}.`);
    }
    const shot = shotOf(request);
    this.cancel();
    const { glBackend, root, fit, logLevel, demo, module } = this.#options;
    const controlValues = this.#options.controlValues();
    const seconds = secondsAt(this.#options.animation(), performance.now());
    const animation = { seconds, isRunning: !this.#options.isStopped() };
    const size = request.size ?? this.#options.size();
    const recording = new Recording(request, format, {
      ...{ size, glBackend, root, fit, logLevel, demo, module, controlValues, animation },
    });
    this.#recording = recording;
    if (shot === "live") {
      recording.capture(new ViewCapture(this.#source(request, document), () => this.stop()));
    } else recording.render(document, shot);
    return recording.status;
  }

  /** To be called when a viewer changes a control of the module or presses a button. */
  addControl(change: ControlChange): void {
    this.#recording?.captured?.addControl(change);
  }

  stop(): RecordingStatus {
    const recording = this.#recording;
    const capture = recording?.finishCapture();
    const [document] = capture?.documents ?? [];
    if (recording === undefined || capture === undefined)
      throw new RecordingError(409, "Nothing is being captured that could be stopped.");
    if (document === undefined) {
      this.cancel();
      throw new RecordingError(409, "The view has shown nothing yet that could be recorded.");
    }
    recording.render(document, { kind: "live", capture });
    return recording.status;
  }

  cancel(): void {
    this.#recording?.close();
    this.#recording = undefined;
  }

  /** What is captured, with the values of the request. @param first the document at the start */
  #source(request: RecordingRequest, first: SceneDocument): CaptureSource {
    let [shown, document] = [this.#options.document(), first];
    return {
      camera: () => {
        const seen = this.#options.camera();
        return seen && this.#forSize(seen, request.size);
      },
      document: () => {
        if (shown === this.#options.document()) return document;
        shown = this.#options.document();
        document = this.#documentFor(request, shown);
        return document;
      },
      animation: () => this.#options.animation(),
    };
  }

  /** A camera of the view, for a recording of another size. */
  #forSize(camera: CameraState, size: RecordingRequest["size"]): CameraState {
    const [from, to] = [this.#options.size(), size ?? this.#options.size()];
    return cameraForAspect(camera, from[0] / from[1], to[0] / to[1]);
  }

  /** Returns a document with the values of a request for its view, and the camera of the newest frame. @throws RecordingError */
  #documentFor({ view, size }: RecordingRequest, shown: SceneDocument): SceneDocument {
    const seen = this.#options.camera();
    const camera = seen === undefined ? shown.view.camera : this.#forSize(seen, size);
    try {
      return checkDocument({
        ...shown,
        // null removes a value.
        view: mergePatch({ ...shown.view, ...(camera && { camera }) }, view ?? {}),
      });
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      throw new RecordingError(400, `The recording is not valid: ${error.message}.`);
    }
  }
}

/** @throws RecordingError */
function formatOf({ kind, format }: RecordingRequest): RecordingFormat {
  const isPicture = kind === "picture";
  if (isPicture && format === "webm") throw new RecordingError(400, "A picture is a png, jpeg or webp.");
  if (!isPicture && (format === "png" || format === "jpeg"))
    throw new RecordingError(400, "A film is a webm or webp.");
  return format ?? (isPicture ? "png" : "webm");
}

/** @returns undefined for a picture @throws RecordingError */
function shotOf({
  kind,
  degrees = 360,
  views,
  loop = false,
}: RecordingRequest): FilmShot | "live" | undefined {
  switch (kind) {
    case "picture":
      return undefined;
    case "turntable":
      return { kind, degrees };
    case "path":
      if (views === undefined) throw new RecordingError(400, "A camera path needs two or more views.");
      return { kind, views: views.map((camera) => ({ camera })), loop };
    case "steps":
    case "live":
      return kind === "live" ? kind : { kind };
  }
}
