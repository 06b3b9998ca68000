import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import type { ControlContext } from "./control.ts";
import { toHex } from "./css-color.ts";
import { numberField } from "./number-control.ts";

type Event<Element> = { readonly currentTarget: Element };

/** Maximum number and total length of choices that are shown side by side; more are a list that opens. */
const MAX_RADIOS = 4;
const MAX_RADIO_CHARACTERS = 24;

export function booleanControl({ control, id, value, set }: ControlContext<"boolean">): TemplateResult {
  return html`<input
    type="checkbox"
    role="switch"
    id=${id}
    title=${control.description ?? nothing}
    .checked=${live(value === true)}
    @change=${({ currentTarget }: Event<HTMLInputElement>) => set(currentTarget.checked)}
  />`;
}

/** Radio buttons for few choices, else a list. */
export function choiceControl(context: ControlContext<"choice">): TemplateResult {
  const { control, id, value, set } = context;
  const labels = control.choices.map((choice) => choice.label ?? choice.value);
  const isLong = labels.length > MAX_RADIOS || labels.join("").length > MAX_RADIO_CHARACTERS;
  if (labels.length === 1 || isLong) return choiceList(context);
  return html`<div class="radios" role="radiogroup" id=${id} aria-label=${control.label} title=${control.description ?? nothing}>
    ${control.choices.map(
      (choice, index) => html`<label
        ><input type="radio" name=${id} .checked=${live(choice.value === value)} @change=${() => set(choice.value)} /><span
          >${labels[index]}</span
        ></label
      >`,
    )}
  </div>`;
}

function choiceList({ control, id, value, set }: ControlContext<"choice">): TemplateResult {
  const isListed = control.choices.some((choice) => choice.value === value);
  // A name that is not listed may be one that is no longer in the data.
  const other = typeof value === "string" && value !== "" ? value : "default";
  return html`<select
    id=${id}
    title=${control.description ?? nothing}
    @change=${({ currentTarget }: Event<HTMLSelectElement>) => set(control.choices[Number(currentTarget.value)]?.value)}
  >
    ${isListed ? nothing : html`<option value="" selected disabled>${other}</option>`}
    ${repeat(
      control.choices,
      (choice) => choice.value,
      (choice, index) =>
        html`<option value=${index} .selected=${live(choice.value === value)}>${choice.label ?? choice.value}</option>`,
    )}
  </select>`;
}

/** A color picker, and a field for any CSS color. */
export function colorControl({
  control,
  id,
  value,
  set,
  drag,
  fields,
}: ControlContext<"color">): TemplateResult {
  const hex = toHex(value);
  return html`<input
      type="color"
      class=${hex === undefined ? "unset" : ""}
      id=${id}
      title=${control.description ?? nothing}
      .value=${live(hex ?? "#808080")}
      @input=${({ currentTarget }: Event<HTMLInputElement>) => drag(currentTarget.value)}
    />
    ${textField({ id: `${id}-field`, label: `${control.label}, as text`, value, placeholder: "default", fields, set })}`;
}

export function textControl({ control, id, value, set, fields }: ControlContext<"text">): TemplateResult {
  const { label, placeholder } = control;
  return textField({ id, label, value, placeholder, fields, set, mayBeEmpty: true });
}

/** A field for a text, committed by Enter or when the focus leaves it. */
export function textField(options: {
  id: string;
  label: string;
  value: unknown;
  placeholder: string | undefined;
  fields: ControlContext<"text">["fields"];
  set: (text: string) => void;
  mayBeEmpty?: boolean;
}): TemplateResult {
  const { id, label, value, placeholder, fields, set, mayBeEmpty = false } = options;
  const onChange = ({ currentTarget }: Event<HTMLInputElement>) => {
    const text = currentTarget.value.trim();
    if (text !== (value ?? "") && (text !== "" || mayBeEmpty)) set(text);
    fields.onDone(id);
  };
  return html`<input
    type="text"
    class="text"
    id=${id}
    aria-label=${label}
    placeholder=${placeholder ?? ""}
    spellcheck="false"
    autocomplete="off"
    .value=${fields.text(id, typeof value === "string" ? value : "")}
    @input=${() => fields.onInput(id)}
    @change=${onChange}
    @blur=${() => fields.onDone(id)}
  />`;
}

/** A field for each number. The list is set as soon as all have a value. */
export function numbersControl({
  control,
  id,
  value,
  current,
  set,
  fields,
}: ControlContext<"numbers">): TemplateResult {
  const listOf = (list: unknown): readonly unknown[] => (Array.isArray(list) ? list : []);
  const numbers = listOf(value);
  const onChange = (index: number, number: number) => {
    const next = control.names.map((_, i) =>
      i === index ? number : (listOf(current())[i] ?? fieldNumber(`${id}-${i}`)),
    );
    if (!next.every((each) => typeof each === "number")) return;
    set(next);
    for (const i of next.keys()) fields.onDone(`${id}-${i}`);
  };
  return html`<div class="numbers" role="group" id=${id} aria-label=${control.label} title=${control.description ?? nothing}>
    ${control.names.map((name, index) => {
      const number = numbers[index];
      return html`<span
        ><span aria-hidden="true">${name}</span>${numberField({
          id: `${id}-${index}`,
          label: `${control.label}: ${name}${control.unit === undefined ? "" : ` (${control.unit})`}`,
          value: typeof number === "number" ? number : undefined,
          step: undefined,
          isPartial: number === undefined,
          fields,
          set: (changed) => onChange(index, changed),
        })}</span
      >`;
    })}
  </div>`;
}

/** What a field contains, which is not set yet. */
function fieldNumber(id: string): number | undefined {
  const field = document.getElementById(id);
  const number = field instanceof HTMLInputElement ? field.valueAsNumber : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
