import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { CameraState } from "../../protocol/camera-state.ts";
import type { RecordingFormat } from "../../protocol/recording.ts";
import {
  formatOf,
  fpsOf,
  hasFrames,
  mayBeTransparent,
  type RecordChoices,
  type SceneTime,
  secondsOf,
  sizeChoices,
} from "./record-choices.ts";

type Target<Element> = { readonly currentTarget: Element };

interface FormContext {
  readonly choices: RecordChoices;
  /** Size of the view, px. */
  readonly viewSize: readonly [number, number] | undefined;
  readonly time: SceneTime;
  set(change: Partial<RecordChoices>): void;
  /** Cameras of the views that this browser keeps for the scene. */
  readonly savedViews: readonly CameraState[];
  /** Adds the camera of the view to the path. */
  addView(): void;
}

const FORMATS: Readonly<Record<RecordingFormat, string>> = {
  png: "PNG",
  jpeg: "JPEG",
  webp: "WebP",
  webm: "WebM",
};

/** The form of the dialog: kind, size, format and options of the picture or film. */
export function recordForm(context: FormContext): TemplateResult {
  const { choices, set, time } = context;
  const { kind } = choices;
  const isPicture = kind === "picture";
  const kinds: [RecordChoices["kind"], string][] = [
    ["picture", "Picture"],
    ["turntable", "Film: around the scene"],
    ["path", "Film: through views"],
    ...(time === undefined ? [] : [["steps", timeLabel(time)] as [RecordChoices["kind"], string]]),
    ["live", "Film: what I do"],
  ];
  const formats: RecordingFormat[] = isPicture ? ["png", "jpeg", "webp"] : ["webm", "webp"];
  return html`
    ${list("kind", "Record", kinds, kind, (value) => set({ kind: value as RecordChoices["kind"] }))}
    ${isPicture ? nothing : filmFields(context)}
    ${list(
      "size",
      "Size",
      sizeChoices(context.viewSize).map(({ value, label }) => [value, label]),
      choices.size,
      (size) => set({ size }),
    )}
    ${list(
      "format",
      "Format",
      formats.map((format) => [format, format === "webp" && !isPicture ? "WebP, animated" : FORMATS[format]]),
      formatOf(choices),
      (format) =>
        set(
          isPicture
            ? { pictureFormat: format as RecordingFormat }
            : { filmFormat: format as RecordingFormat },
        ),
    )}
    ${flag("annotated", "Bars, letters and title", choices.annotated, (annotated) => set({ annotated }))}
    ${
      mayBeTransparent(choices)
        ? flag("transparent", "Transparent background", choices.transparent, (transparent) =>
            set({ transparent }),
          )
        : nothing
    }`;
}

function timeLabel({ steps }: NonNullable<SceneTime>): string {
  return `Film: ${steps === 1 ? "the animation" : "the time steps"}`;
}

function filmFields({ choices, time, set, addView, savedViews }: FormContext): TemplateResult {
  const { kind, frames, degrees, views, loop } = choices;
  const seconds = secondsOf(choices, time);
  const removeView = (index: number) => set({ views: views.filter((_, i) => i !== index) });
  return html`
    ${
      kind === "path"
        ? html`<div class="record-views">
            ${views.length === 0 ? html`<p>Move to a view and add it; then to the next.</p>` : nothing}
            <ol aria-label="Views of the path">
              ${views.map(
                (_, i) => html`<li>
                  View ${i + 1}<button type="button" aria-label="Remove view ${i + 1}" @click=${() => removeView(i)}>
                    <svg viewBox="0 0 24 24" aria-hidden="true"><path d="M6 6l12 12M18 6 6 18" /></svg>
                  </button>
                </li>`,
              )}
            </ol>
            <div class="record-add">
              <button type="button" class="text-button" @click=${addView}>Add this view</button>
              ${
                savedViews.length === 0
                  ? nothing
                  : html`<button type="button" class="text-button" @click=${() => set({ views: [...views, ...savedViews].slice(0, 100) })}>
                    Add the saved views
                  </button>`
              }
            </div>
          </div>
          ${flag("loop", "Return to the first view", loop, (value) => set({ loop: value }))}`
        : nothing
    }
    ${
      kind === "turntable"
        ? number("degrees", "Degrees", degrees, [-3600, 3600], (value) => set({ degrees: value }))
        : nothing
    }
    ${
      hasFrames(choices, time)
        ? number("frames", "Pictures", frames, [1, 18_000], (value) => set({ frames: value }))
        : nothing
    }
    ${number("fps", "Pictures per s", fpsOf(choices, time), [0.1, 120], (value) => set({ fps: value }))}
    ${seconds === undefined ? nothing : html`<p class="record-note record-duration">${seconds.toFixed(1)} s</p>`}
    ${kind === "live" ? html`<p class="record-note">Full pictures are made afterwards.</p>` : nothing}`;
}

function list(
  name: string,
  label: string,
  choices: readonly (readonly [value: string, label: string])[],
  value: string,
  set: (value: string) => void,
): TemplateResult {
  return html`<label for="record-${name}">${label}</label>
    <select id="record-${name}" @change=${({ currentTarget }: Target<HTMLSelectElement>) => set(currentTarget.value)}>
      ${choices.map(
        ([each, text]) => html`<option value=${each} .selected=${live(each === value)}>${text}</option>`,
      )}
    </select>`;
}

/** A field for a number. What is typed stays when the form is drawn again. */
function number(
  name: "degrees" | "frames" | "fps",
  label: string,
  value: number,
  [min, max]: readonly [number, number],
  set: (value: number) => void,
): TemplateResult {
  const onChange = ({ currentTarget }: Target<HTMLInputElement>) => {
    const typed = currentTarget.valueAsNumber;
    const given = name === "frames" ? Math.round(typed) : typed;
    const next = Number.isFinite(given) ? Math.min(max, Math.max(min, given)) : value;
    currentTarget.value = String(next);
    set(next);
  };
  return html`<label for="record-${name}">${label}</label>
    <input
      id="record-${name}"
      type="number"
      step="any"
      min=${min}
      max=${max}
      .value=${String(value)}
      @change=${onChange}
    />`;
}

function flag(name: string, label: string, value: boolean, set: (value: boolean) => void): TemplateResult {
  return html`<label class="record-flag"
    ><input
      id="record-${name}"
      type="checkbox"
      .checked=${live(value)}
      @change=${({ currentTarget }: Target<HTMLInputElement>) => set(currentTarget.checked)}
    />${label}</label
  >`;
}
