import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { ControlContext } from "./control.ts";
import { defaultStep, formatNumber, withUnit } from "./format-value.ts";
import { ICONS } from "./icons.ts";
import { numberField, valueText } from "./number-control.ts";
import { textField } from "./simple-controls.ts";

type Event<Element> = { readonly currentTarget: Element };

/** A plane at a coordinate of an axis. `side`: "x" hides what is beyond it, "-x" what is before it. */
interface AxisPlane {
  readonly side: string;
  readonly offset: number;
}

const SIDES = ["x", "-x", "y", "-y", "z", "-z"];
/** As `parsePlanes` of src/layers/plane.ts. */
const MAX_PLANES = 8;

/** A line for each clip plane with its side and a slider, and a button that adds one. A plane in another direction is a text. */
export function planesControl(context: ControlContext<"planes">): TemplateResult {
  const { control, id, value, current, set } = context;
  const added = `x=${formatNumber((control.min[0] + control.max[0]) / 2)}`;
  return html`<div
    class="lines"
    role="group"
    id=${id}
    aria-label=${control.label}
    title=${control.description ?? nothing}
  >
    ${planesOf(value).map((plane, index) => {
      const name = `${control.label}: ${index + 1}`;
      const replaced = (...next: string[]) =>
        planesOf(current())
          .toSpliced(index, 1, ...next)
          .join(";");
      return html`<div>
        ${planeLine(context, { plane, name, id: `${id}-${index}`, replaced })}
        <button
          type="button"
          aria-label=${`${name}, remove`}
          title="Remove the plane"
          @click=${() => set(replaced())}
        >
          ${ICONS.close}
        </button>
      </div>`;
    })}
    ${
      planesOf(value).length < MAX_PLANES
        ? html`<button type="button" class="action" @click=${() => set([...planesOf(current()), added].join(";"))}>
            Add a clip plane
          </button>`
        : nothing
    }
  </div>`;
}

function planesOf(value: unknown): string[] {
  return typeof value === "string" ? value.split(";").filter((plane) => plane.trim() !== "") : [];
}

function planeLine(
  { control, fields, set, drag }: ControlContext<"planes">,
  {
    plane,
    name,
    id,
    replaced,
  }: { plane: string; name: string; id: string; replaced: (next: string) => string },
): TemplateResult {
  const axisPlane = toAxisPlane(plane);
  if (axisPlane === undefined) {
    return textField({
      ...{ id, label: name, value: plane, placeholder: undefined, fields },
      set: (text) => set(replaced(text)),
    });
  }
  const { side, offset } = axisPlane;
  const axis = "xyz".indexOf(side.at(-1) ?? "x");
  const min = control.min[axis] ?? 0;
  const max = control.max[axis] ?? 1;
  const step = max > min ? defaultStep(max - min) : 1;
  return html`<select
      aria-label=${`${name}, side that is hidden`}
      @change=${({ currentTarget }: Event<HTMLSelectElement>) =>
        set(replaced(turned(currentTarget.value, axisPlane, control)))}
    >
      ${SIDES.map(
        (each) =>
          html`<option value=${each} .selected=${live(each === side)}>${each.at(-1)} ${each.startsWith("-") ? "<" : ">"}</option>`,
      )}
    </select>
    <input
      type="range"
      aria-label=${name}
      aria-valuetext=${valueText(offset, control.unit)}
      min=${min}
      max=${max}
      step=${step}
      .value=${live(String(offset))}
      @input=${({ currentTarget }: Event<HTMLInputElement>) =>
        drag(replaced(`${side}=${currentTarget.valueAsNumber}`))}
    />
    ${numberField({
      ...{ id: `${id}-field`, label: withUnit(name, control.unit && `(${control.unit})`) },
      ...{ value: offset, step, fields },
      set: (number) => set(replaced(`${side}=${number}`)),
    })}`;
}

/** Another side of the same axis at the same coordinate, or another axis in the middle of the scene. */
function turned(
  side: string,
  { side: before, offset }: AxisPlane,
  { min, max }: { min: readonly number[]; max: readonly number[] },
): string {
  const axis = "xyz".indexOf(side.at(-1) ?? "x");
  const middle = ((min[axis] ?? 0) + (max[axis] ?? 0)) / 2;
  return `${side}=${side.at(-1) === before.at(-1) ? offset : formatNumber(middle)}`;
}

function toAxisPlane(text: string): AxisPlane | undefined {
  const [, side, position] = /^\s*(-?[xyz])\s*=\s*([-+.\deE]+)\s*(?:mm)?\s*$/.exec(text) ?? [];
  const offset = Number(position);
  return side === undefined || !Number.isFinite(offset) ? undefined : { side, offset };
}
