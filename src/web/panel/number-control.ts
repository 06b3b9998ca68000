import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { ControlContext, TextFields } from "./control.ts";
import {
  defaultStep,
  formatNumber,
  LOGARITHMIC_POSITIONS,
  logarithmicPosition,
  logarithmicValue,
  withUnit,
} from "./format-value.ts";
import { fractionOf, sliderFill } from "./slider-fill.ts";

/** A slider and a field, or only a field if there are no limits. */
export function numberControl(context: ControlContext<"number">): TemplateResult {
  const { control, id, set, fields } = context;
  const { label, unit, min, max, step } = control;
  const value = typeof context.value === "number" ? context.value : undefined;
  const hasSlider = min !== undefined && max !== undefined && min < max;
  return html`
    ${hasSlider ? slider(context, value, min, max) : nothing}
    ${numberField({
      id: hasSlider ? `${id}-field` : id,
      label: withUnit(label, unit && `(${unit})`),
      step: step ?? (hasSlider ? defaultStep(max - min) : undefined),
      ...{ value, fields, set },
    })}
    ${unitText(unit)}`;
}

function slider(
  { control, id, drag }: ControlContext<"number">,
  value: number | undefined,
  min: number,
  max: number,
): TemplateResult {
  const isLogarithmic = control.logarithmic === true && min > 0;
  const step = control.step ?? defaultStep(max - min);
  const position = isLogarithmic ? logarithmicPosition(value ?? min, min, max) : (value ?? min);
  const onInput = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const moved = currentTarget.valueAsNumber;
    if (!isLogarithmic) drag(moved);
    else drag(logarithmicValue(moved, { min, max, step: control.step }));
  };
  const fraction = isLogarithmic ? position / LOGARITHMIC_POSITIONS : fractionOf(position, min, max);
  return html`<input
    type="range"
    id=${id}
    min=${isLogarithmic ? 0 : min}
    max=${isLogarithmic ? LOGARITHMIC_POSITIONS : max}
    step=${isLogarithmic ? 1 : step}
    aria-valuetext=${valueText(value, control.unit)}
    title=${control.description ?? nothing}
    .value=${live(String(position))}
    @input=${onInput}
    ${sliderFill(fraction)}
  />`;
}

/** A unit behind a field, whose label has it for screen readers. */
export function unitText(unit: string | undefined): TemplateResult | typeof nothing {
  return unit === undefined || unit === ""
    ? nothing
    : html`<span class="unit" aria-hidden="true">${unit}</span>`;
}

/** A value for screen readers. */
export function valueText(value: number | undefined, unit: string | undefined): string {
  return value === undefined ? "default" : withUnit(formatNumber(value), unit);
}

/** A field for any number, committed by Enter or when the focus leaves it. */
export function numberField(options: {
  id: string;
  label: string;
  value: number | undefined;
  /** Of the arrow keys. */
  step: number | undefined;
  fields: TextFields;
  set: (value: number) => void;
  /** Whether a number stays in the field before it is the value: others of the same list are missing. */
  isPartial?: boolean;
}): TemplateResult {
  const { id, label, value, step, fields, set, isPartial = false } = options;
  const onDone = () => {
    if (!isPartial) fields.onDone(id);
  };
  const onChange = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const number = currentTarget.valueAsNumber;
    if (Number.isFinite(number) && number !== value) set(number);
    onDone();
  };
  return html`<input
    type="number"
    class="field"
    id=${id}
    aria-label=${label}
    step=${step ?? "any"}
    placeholder=${isPartial ? "" : "auto"}
    .value=${fields.text(id, value === undefined ? "" : formatNumber(value))}
    @input=${() => fields.onInput(id)}
    @change=${onChange}
    @blur=${onDone}
  />`;
}
