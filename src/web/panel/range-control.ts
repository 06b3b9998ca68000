import { html, nothing, svg, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import type { ControlContext } from "./control.ts";
import { defaultStep, formatNumber, roundToStep, withUnit } from "./format-value.ts";
import { numberField, unitText, valueText } from "./number-control.ts";
import { fractionOf, sliderFill } from "./slider-fill.ts";

type Range = readonly [low: number, high: number];

/** Radius of a handle, CSS px; as in panel.css. */
const HANDLE_RADIUS = 6;

/** Two handles over a histogram, which are two sliders for the keyboard and screen readers, and two fields for exact numbers. */
export function rangeControl(context: ControlContext<"range">): TemplateResult {
  const { control, id, set, drag, fields } = context;
  const { label, unit, min, max } = control;
  const span = max - min;
  const step = control.step ?? (span > 0 ? defaultStep(span) / 5 : 1);
  const range = toRange(context.value);
  const [low, high] = range ?? [min, max];
  const current = () => toRange(context.current()) ?? ([min, max] as const);
  const [from, to] = span > 0 ? [fractionOf(low, min, max), fractionOf(high, min, max)] : [0, 1];
  const counts = control.histogram ?? [];
  const handle = (index: 0 | 1) => {
    const value = index === 0 ? low : high;
    const onInput = ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
      drag(moved(current(), index, currentTarget.valueAsNumber));
    return html`<input
      type="range"
      id=${index === 0 ? id : `${id}-high`}
      aria-label=${`${label}, ${index === 0 ? "from" : "to"}`}
      aria-valuetext=${valueText(range && value, unit)}
      min=${min}
      max=${span > 0 ? max : min + 1}
      step=${step}
      .value=${live(String(value))}
      @input=${onInput}
      ${sliderFill(to, from)}
    />`;
  };
  const field = (index: 0 | 1) =>
    numberField({
      id: `${id}-field-${index}`,
      label: withUnit(`${label}, ${index === 0 ? "from" : "to"}`, unit && `(${unit})`),
      value: range?.[index],
      step,
      fields,
      set: (value) => set(moved(current(), index, value)),
    });
  return html`<div
    class="range ${counts.length === 0 ? "plain" : ""}"
    role="group"
    aria-label=${label}
    title=${control.description ?? `${label}: ${formatNumber(low)} to ${formatNumber(high)}`}
    @pointerdown=${(event: PointerEvent) => startDrag(event, { range: current(), min, max, step, drag })}
  >
    ${counts.length === 0 ? nothing : histogram(counts, [from, to])}
    ${handle(0)}${handle(1)}
  </div>
  <div class="range-fields">${field(0)}<span aria-hidden="true">–</span>${field(1)}${unitText(unit)}</div>`;
}

/** Bars of a histogram, of which those within the range are highlighted. Heights are square roots, so that a background of equal values leaves the others visible. */
function histogram(counts: readonly number[], [from, to]: Range): TemplateResult {
  const highest = Math.sqrt(Math.max(1, ...counts));
  const path = counts
    .map((count, i) => `M${i} 1V${(1 - Math.sqrt(count) / highest).toFixed(3)}h1V1`)
    .join("");
  const width = Math.max(1, counts.length);
  const [start, end] = [from * width, to * width];
  return svg`<svg viewBox="0 0 ${width} 1" preserveAspectRatio="none" aria-hidden="true">
    <path class="bars" d=${path} />
    <svg x=${start} width=${Math.max(0, end - start)} height="1" viewBox="${start} 0 ${Math.max(1e-9, end - start)} 1" preserveAspectRatio="none"><path class="bars selected" d=${path} /></svg>
  </svg>`;
}

/** Drags the handle that is nearest to the pointer. The handles themselves take no pointer events, since one may cover the other. */
function startDrag(
  event: PointerEvent,
  options: {
    range: Range;
    min: number;
    max: number;
    step: number;
    drag: (value: Range) => void;
  },
): void {
  const { range, min, max, step, drag } = options;
  const element = event.currentTarget;
  if (event.button !== 0 || !(element instanceof HTMLElement) || element.matches(":disabled *")) return;
  const inputs = element.querySelectorAll("input");
  const valueAt = ({ clientX }: PointerEvent) => {
    const { left, width } = element.getBoundingClientRect();
    const fraction = (clientX - left - HANDLE_RADIUS) / Math.max(1, width - 2 * HANDLE_RADIUS);
    return roundToStep(min + Math.min(1, Math.max(0, fraction)) * (max - min), min, step);
  };
  const value = valueAt(event);
  const [low, high] = range;
  const index =
    low === high ? (value < low ? 0 : 1) : Math.abs(value - low) <= Math.abs(value - high) ? 0 : 1;
  event.preventDefault();
  inputs[index]?.focus({ preventScroll: true });
  element.setPointerCapture(event.pointerId);
  let current = range;
  const move = (to: PointerEvent) => {
    const next = moved(current, index, valueAt(to));
    if (next[index] === current[index]) return;
    current = next;
    drag(next);
  };
  const end = () => {
    element.removeEventListener("pointermove", move);
    element.removeEventListener("lostpointercapture", end);
  };
  element.addEventListener("pointermove", move);
  element.addEventListener("lostpointercapture", end);
  move(event);
}

/** Moves one end, which stops at the other one. */
function moved([low, high]: Range, index: 0 | 1, value: number): Range {
  return index === 0 ? [Math.min(value, high), high] : [low, Math.max(value, low)];
}

function toRange(value: unknown): Range | undefined {
  if (!Array.isArray(value)) return undefined;
  const [low, high] = value as unknown[];
  return typeof low === "number" && typeof high === "number" ? [low, high] : undefined;
}
