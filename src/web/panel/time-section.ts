import { html, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { PanelInteraction } from "./control-list.ts";
import { ICONS } from "./icons.ts";
import { numberField } from "./number-control.ts";
import type { PanelState } from "./panel-state.ts";
import { fractionOf, sliderFill } from "./slider-fill.ts";

/** Play and stop, the steps, and the speed. An animation has no steps. */
export function timeSection(state: PanelState, { fields }: PanelInteraction): TemplateResult {
  const { steps = 1, labels } = state.panel?.time ?? {};
  const last = steps - 1;
  const time = Math.min(state.time, last);
  const { isPlaying, speed } = state.playback;
  const cannotStep = !state.may("scene");
  const play = html`<button
    type="button"
    aria-label=${isPlaying ? "Stop" : "Play"}
    title=${isPlaying ? "Stop" : "Play"}
    ?disabled=${!state.may("play")}
    @click=${() => state.play({ isPlaying: !state.playback.isPlaying })}
  >${isPlaying ? ICONS.stop : ICONS.play}</button>`;
  if (steps === 1) return html`<div class="time">${play}<span class="time-label">Animation</span></div>`;
  const label = labels?.[time];
  const number = `${time + 1} of ${steps}`;
  const step = (name: string, icon: TemplateResult, by: 1 | -1) => html`<button
    type="button"
    aria-label=${`${name} step`}
    title=${`${name} step`}
    ?disabled=${cannotStep}
    aria-disabled=${time + by < 0 || time + by > last}
    @click=${() => {
      const next = state.time + by;
      if (next >= 0 && next <= last) state.time = next;
    }}
  >${icon}</button>`;
  return html`<div class="time">
      ${play}
      ${step("Previous", ICONS.previous, -1)}
      <input
        type="range"
        aria-label="Step"
        aria-valuetext=${label === undefined ? number : `${label}, ${number}`}
        min="0"
        max=${last}
        step="1"
        ?disabled=${cannotStep}
        .value=${live(String(time))}
        @input=${({ currentTarget }: { currentTarget: HTMLInputElement }) => {
          state.time = currentTarget.valueAsNumber;
        }}
        ${sliderFill(fractionOf(time, 0, last))}
      />
      ${step("Next", ICONS.next, 1)}
    </div>
    <fieldset class="controls" ?disabled=${!state.may("play")}>
      <div class="row">
        <span class="time-label">${label ?? number}</span>
        <div class="value">
          ${numberField({
            ...{ id: "play-speed", label: "Speed (steps per second)", value: speed, step: 1, fields },
            set: (value) => state.play({ speed: value }),
          })}<span class="unit" aria-hidden="true">steps/s</span>
        </div>
      </div>
    </fieldset>`;
}
