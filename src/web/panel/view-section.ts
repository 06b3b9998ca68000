import { html, nothing, type TemplateResult } from "lit-html";
import type { Control } from "../../protocol/panel.ts";
import { controlList, type PanelInteraction } from "./control-list.ts";
import type { PanelState } from "./panel-state.ts";

/** Name of the property of the view whose choices are the sides of the scene. */
const SIDE = "view";

/**
 * The view: buttons for the sides, and the other properties. The sides are not a choice that stays, because the camera moves on: each
 * press frames the scene again.
 */
export function viewSection(
  state: PanelState,
  interaction: PanelInteraction,
  resetView: (() => void) | undefined,
): TemplateResult {
  const { view = [] } = state.panel ?? {};
  const source = state.view;
  const isSide = (control: Control) => control.name === SIDE && control.type === "choice";
  const sides = view.find(isSide);
  return html`${
    sides?.type === "choice"
      ? html`<div class="sides" role="group" aria-label=${sides.label} title=${sides.description ?? nothing}>
          ${sides.choices.map(
            ({ value, label = value }) => html`<button
              type="button"
              ?disabled=${!source.canSet}
              @click=${() => source.set(SIDE, value)}
            >${label}</button>`,
          )}
          ${resetView === undefined ? nothing : html`<button type="button" @click=${resetView}>reset</button>`}
        </div>`
      : nothing
  }
  ${controlList(
    view.filter((control) => !isSide(control)),
    source,
    interaction,
  )}`;
}
