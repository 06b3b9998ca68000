import { isDeepStrictEqual } from "node:util";
import type { SceneDocument } from "../document/scene-document.ts";
import type { CameraState } from "../protocol/camera-state.ts";
import type { ControlValue } from "../protocol/panel.ts";
import { sameCameraState } from "../scene/camera/camera-state.ts";
import { type AnimationState, secondsAt } from "./animation-clock.ts";

/** Time between two moments, ms. */
const INTERVAL_MS = 1000 / 60;

/** Maximum duration of what is captured, ms: 36,000 moments. */
const MAX_MS = 600_000;

/** Maximum size of the documents and of the changes of controls, characters of JSON: they are kept in memory. */
const MAX_LENGTH = 1 << 26;

/** What was done in a view, by times from its start in ms: which document was shown, from which camera. */
export interface LiveCapture {
  readonly documents: readonly SceneDocument[];
  readonly moments: readonly {
    readonly ms: number;
    readonly document: number;
    readonly camera: CameraState;
  }[];
  /** How the animation played, and from when on, in order. */
  readonly animation: readonly AnimationState[];
  /** Changes of the module's controls, in order. `value`: absent for a button. */
  readonly controls: readonly (ControlChange & { readonly ms: number })[];
  readonly durationMs: number;
}

/** What a viewer does to a control of a scene module. */
export interface ControlChange {
  readonly control: string;
  /** Undefined for a button. */
  readonly value?: ControlValue | undefined;
}

export interface CaptureSource {
  /** The document that is shown: the same object until it changes. */
  document(): SceneDocument;
  /** The camera of the newest frame; undefined before the first. */
  camera(): CameraState | undefined;
  /** The animation of the renderer. */
  animation(): AnimationState;
}

/**
 * Captures what is done in a view: documents, cameras, times of the animation and changes of controls, which are a few hundred bytes a moment, and
 * not the view's pictures, which would be drafts.
 */
export class ViewCapture {
  readonly #source: CaptureSource;
  readonly #onEnd: () => void;
  readonly #start = performance.now();
  readonly #timer: Timer;
  readonly #documents: SceneDocument[] = [];
  readonly #moments: LiveCapture["moments"][number][] = [];
  readonly #animation: AnimationState[] = [];
  readonly #controls: LiveCapture["controls"][number][] = [];
  /** The document and the state of the animation that were captured last. */
  #document: SceneDocument | undefined;
  #state: AnimationState | undefined;
  /** Characters of JSON that are kept. */
  #length = 0;

  /** @param onEnd called after ten minutes or 64 MiB, unless it was finished before */
  constructor(source: CaptureSource, onEnd: () => void) {
    this.#source = source;
    this.#onEnd = onEnd;
    this.#timer = setInterval(() => this.#onTimer(), INTERVAL_MS);
    this.#capture();
  }

  /** To be called when a viewer has changed a control or pressed a button. */
  addControl({ control, value }: ControlChange): void {
    const change = { ms: this.#elapsedMs, control, ...(value !== undefined && { value }) };
    this.#controls.push(change);
    this.#length += JSON.stringify(change).length;
  }

  /** Ends it. */
  finish(): LiveCapture {
    clearInterval(this.#timer);
    // On a busy machine the timer may be late.
    this.#capture();
    return {
      ...{ documents: this.#documents, moments: this.#moments },
      ...{ animation: this.#animation, controls: this.#controls },
      durationMs: Math.min(MAX_MS, this.#elapsedMs),
    };
  }

  get #elapsedMs(): number {
    return performance.now() - this.#start;
  }

  #onTimer(): void {
    if (this.#elapsedMs > MAX_MS || this.#length > MAX_LENGTH) this.#onEnd();
    else this.#capture();
  }

  #capture(): void {
    const camera = this.#source.camera();
    if (camera === undefined) return;
    const ms = this.#elapsedMs;
    this.#captureAnimation();
    this.#captureDocument(this.#source.document());
    const document = this.#documents.length - 1;
    const previous = this.#moments.at(-1);
    const isSame = previous?.document === document && sameCameraState(previous.camera, camera);
    if (!isSame) this.#moments.push({ ms, document, camera });
  }

  #captureAnimation(): void {
    const state = this.#source.animation();
    if (state === this.#state) return;
    this.#state = state;
    const from = Math.max(this.#start, state.sinceMs);
    this.#animation.push({ ...state, seconds: secondsAt(state, from), sinceMs: from - this.#start });
  }

  #captureDocument(shown: SceneDocument): void {
    if (shown === this.#document) return;
    this.#document = shown;
    const last = this.#documents.at(-1);
    if (last !== undefined && isSameScene(last, shown)) return;
    this.#documents.push(shown);
    this.#length += JSON.stringify(shown).length;
  }
}

function isSameScene(a: SceneDocument, b: SceneDocument): boolean {
  const withoutCamera = ({ view: { camera: _, ...view }, ...document }: SceneDocument) => ({
    ...document,
    view,
  });
  return isDeepStrictEqual(withoutCamera(a), withoutCamera(b));
}
