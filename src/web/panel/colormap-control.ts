import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { ControlContext, ControlOf } from "./control.ts";
import { gradient } from "./css-color.ts";
import { ICONS } from "./icons.ts";

const REVERSED = /-r$/;

/** A picker of colormaps: a button with a preview, and below it a list of previews; and a button that reverses the colors. */
export function colormapControl(
  { control, id, value, set }: ControlContext<"colormap">,
  { isOpen, toggle }: { isOpen: boolean; toggle: () => void },
): TemplateResult {
  const name = typeof value === "string" ? value : undefined;
  const base = name?.replace(REVERSED, "");
  const isReversed = name !== undefined && name !== base;
  const has = (other: string) => control.colormaps.some((colormap) => colormap.name === other);
  const reverse = name === undefined ? undefined : isReversed ? base : `${name}-r`;
  const withDirection = (other: string) => (isReversed && has(`${other}-r`) ? `${other}-r` : other);
  const shown = control.colormaps.filter(
    (each) => !REVERSED.test(each.name) || !has(each.name.replace(REVERSED, "")),
  );
  return html`<button
      type="button"
      class="colormap"
      id=${id}
      aria-label=${`${control.label}: ${name ?? "default"}`}
      aria-expanded=${isOpen}
      title=${control.description ?? nothing}
      @click=${toggle}
    >
      <span class="preview" ${gradient(colorsOf(control, name), false)}></span><span>${name ?? "default"}</span>
    </button>
    ${
      reverse !== undefined && has(reverse)
        ? html`<button
            type="button"
            class="reverse"
            aria-label=${`${control.label}: reversed`}
            aria-pressed=${isReversed}
            title="Reverse the colors"
            @click=${() => set(reverse)}
          >
            ${ICONS.reverse}
          </button>`
        : nothing
    }
    ${
      isOpen
        ? html`<div class="colormaps" role="radiogroup" aria-label=${control.label}>
            ${shown.map(
              (each) => html`<label
                ><input
                  type="radio"
                  name=${id}
                  .checked=${live(each.name === base || each.name === name)}
                  @change=${() => set(withDirection(each.name))}
                /><span class="preview" ${gradient(each.colors, isReversed)}></span><span>${each.name}</span></label
              >`,
            )}
          </div>`
        : nothing
    }`;
}

/** Colors of a colormap, whose reverse may be the only one that is listed. */
export function colorsOf({ colormaps }: ControlOf<"colormap">, name: string | undefined): readonly string[] {
  const colors = colormaps.find((each) => each.name === name)?.colors;
  if (colors !== undefined || name === undefined) return colors ?? [];
  return colormaps.find((each) => each.name === name.replace(REVERSED, ""))?.colors.toReversed() ?? [];
}
