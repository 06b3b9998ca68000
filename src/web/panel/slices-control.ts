import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { movedSlices, shownSlices } from "../../layers/slice-text.ts";
import type { ControlContext } from "./control.ts";
import { withUnit } from "./format-value.ts";
import { numberField, valueText } from "./number-control.ts";

type Event<Element> = { readonly currentTarget: Element };

/** For each axis a switch that shows the slice, and a slider that moves it. */
export function slicesControl(context: ControlContext<"slices">): TemplateResult {
  const { control, id, set, drag, fields } = context;
  const textOf = (value: unknown) => (typeof value === "string" ? value : "");
  const shown = shownSlices(textOf(context.value));
  const current = () => textOf(context.current());
  const toggled = (axis: string, isShown: boolean) => {
    const others = current()
      .split(",")
      .filter((part) => part.trim() !== "" && part.trim()[0] !== axis);
    return [...others, ...(isShown ? [axis] : [])].join(",");
  };
  return html`<div
    class="lines"
    role="group"
    id=${id}
    aria-label=${control.label}
    title=${control.description ?? nothing}
  >
    ${control.axes.map(({ axis, min, max, step }) => {
      const isShown = shown.has(axis);
      // Without a coordinate it is in the middle.
      const at = shown.get(axis) ?? (min + max) / 2;
      const name = `${control.label}: ${axis}`;
      return html`<div>
        <label class="axis"
          ><input
            type="checkbox"
            role="switch"
            aria-label=${`${name}, shown`}
            ?disabled=${isShown && shown.size === 1}
            .checked=${live(isShown)}
            @change=${({ currentTarget }: Event<HTMLInputElement>) => set(toggled(axis, currentTarget.checked))}
          /><span aria-hidden="true">${axis}</span></label
        >
        <input
          type="range"
          aria-label=${name}
          aria-valuetext=${valueText(at, control.unit)}
          min=${min}
          max=${max}
          step=${step}
          ?disabled=${!isShown}
          .value=${live(String(at))}
          @input=${({ currentTarget }: Event<HTMLInputElement>) =>
            drag(movedSlices(current(), { [axis]: currentTarget.valueAsNumber }))}
        />
        ${
          isShown
            ? numberField({
                ...{ id: `${id}-${axis}`, label: withUnit(name, control.unit && `(${control.unit})`) },
                ...{ value: at, step, fields },
                set: (value) => set(movedSlices(current(), { [axis]: value })),
              })
            : html`<span class="field"></span>`
        }
      </div>`;
    })}
  </div>`;
}
