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

const AXES = ["x", "y", "z"] as const;
/** As `parsePlanes` of src/layers/plane.ts. */
const MAX_PLANES = 8;

/** A line for each clip plane with a slider, and buttons that add one through the middle. A plane in another direction is a text. */
export function planesControl(context: ControlContext<"planes">): TemplateResult {
  const { control, id, value, current, set } = context;
  const add = (axis: number) => {
    const middle = ((control.min[axis] ?? 0) + (control.max[axis] ?? 0)) / 2;
    const added = [...planesOf(current()), `${AXES[axis]}=${formatNumber(middle)}`].join(";");
    // The planes of the view have handles in the picture.
    set(added, control.name === "clipPlanes" ? { clipHandles: true } : undefined);
  };
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
        ${planeLine(context, {
          ...{ plane, name, id: `${id}-${index}`, replaced },
          present: () => toAxisPlane(planesOf(current())[index] ?? "") ?? toAxisPlane(plane),
        })}
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
        ? html`<div class="add-plane">
            <span>Add</span>
            ${AXES.map(
              (axis, index) =>
                html`<button
                  type="button"
                  aria-label=${`${control.label}: add one across ${axis}`}
                  @click=${() => add(index)}
                >
                  ${axis.toUpperCase()}
                </button>`,
            )}
          </div>`
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
    present,
  }: {
    plane: string;
    name: string;
    id: string;
    replaced: (next: string) => string;
    /** The plane as it is now: it may have changed since it was drawn. */
    present: () => AxisPlane | undefined;
  },
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
  const moved = (to: number) => replaced(`${present()?.side ?? side}=${to}`);
  const flipped = () => {
    const now = present() ?? axisPlane;
    return replaced(`${now.side.startsWith("-") ? now.side.slice(1) : `-${now.side}`}=${now.offset}`);
  };
  return html`<span class="side">${side.at(-1)} ${side.startsWith("-") ? "<" : ">"}</span>
    <input
      type="range"
      aria-label=${name}
      aria-valuetext=${valueText(offset, control.unit)}
      min=${min}
      max=${max}
      step=${step}
      .value=${live(String(offset))}
      @input=${({ currentTarget }: Event<HTMLInputElement>) => drag(moved(currentTarget.valueAsNumber))}
    />
    ${numberField({
      ...{ id: `${id}-field`, label: withUnit(name, control.unit && `(${control.unit})`) },
      ...{ value: offset, step, fields },
      set: (number) => set(moved(number)),
    })}
    <button
      type="button"
      aria-label=${`${name}, flip`}
      title="Hide the other side"
      @click=${() => set(flipped())}
    >
      ${ICONS.reverse}
    </button>`;
}

function toAxisPlane(text: string): AxisPlane | undefined {
  const [, side, position] = /^\s*(-?[xyz])\s*=\s*([-+.\deE]+)\s*(?:mm)?\s*$/.exec(text) ?? [];
  const offset = Number(position);
  return side === undefined || !Number.isFinite(offset) ? undefined : { side, offset };
}
