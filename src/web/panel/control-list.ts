import { html, nothing, type TemplateResult } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import type { Control } from "../../protocol/panel.ts";
import { colormapControl } from "./colormap-control.ts";
import type { ControlContext, ControlOf, TextFields } from "./control.ts";
import { type ControlFolder, toFolders } from "./control-folders.ts";
import { ICONS } from "./icons.ts";
import { numberControl } from "./number-control.ts";
import type { ControlSource } from "./panel-state.ts";
import { planesControl } from "./planes-control.ts";
import { rangeControl } from "./range-control.ts";
import {
  booleanControl,
  choiceControl,
  colorControl,
  numbersControl,
  textControl,
} from "./simple-controls.ts";
import { slicesControl } from "./slices-control.ts";

/** What is open in this panel, and what is being typed. */
export interface PanelInteraction {
  readonly fields: TextFields;
  isOpen(key: string, byDefault?: boolean): boolean;
  setOpen(key: string, isOpen: boolean): void;
}

/** The controls of a source, by folders. */
export function controlList(
  controls: readonly Control[],
  source: ControlSource,
  interaction: PanelInteraction,
  { opensFolders = false }: { opensFolders?: boolean } = {},
): TemplateResult {
  const content = (folder: ControlFolder, path: string): TemplateResult =>
    html`${repeat(
      folder.controls,
      ({ name }) => name,
      (control) => controlRow(control, source, interaction),
    )}${folder.folders.map((inner) => {
      const key = JSON.stringify([path, inner.name]);
      return disclosure({
        ...{ key, className: "folder", title: inner.name, interaction, opensByDefault: opensFolders },
        content: () => content(inner, key),
      });
    })}`;
  return html`<fieldset class="controls" ?disabled=${!source.canSet}>${content(toFolders(controls), source.key)}</fieldset>`;
}

/** A heading that opens what is below it, which is drawn only while it is open. */
export function disclosure(options: {
  key: string;
  className: string;
  title: unknown;
  interaction: PanelInteraction;
  opensByDefault: boolean;
  content: () => unknown;
}): TemplateResult {
  const { key, className, title, interaction, opensByDefault, content } = options;
  const isOpen = interaction.isOpen(key, opensByDefault);
  const onToggle = ({ currentTarget }: { currentTarget: HTMLDetailsElement }) => {
    if (currentTarget.open !== interaction.isOpen(key, opensByDefault))
      interaction.setOpen(key, currentTarget.open);
  };
  return html`<details class=${className} ?open=${isOpen} @toggle=${onToggle}>
    <summary>${ICONS.chevron}<span>${title}</span></summary>
    ${isOpen ? content() : nothing}
  </details>`;
}

function controlRow(
  control: Control,
  source: ControlSource,
  interaction: PanelInteraction,
): TemplateResult | typeof nothing {
  const { name, label, description } = control;
  const id = `control-${encodeURIComponent(source.key)}-${encodeURIComponent(name)}`;
  if (control.type === "action") return actionRow(control, source);
  const own = source.value(name);
  const context = {
    id,
    value: own ?? control.value,
    current: () => source.value(name) ?? control.value,
    fields: interaction.fields,
    set: (value: unknown, also?: Readonly<Record<string, unknown>>) =>
      source.set(name, value === "" && source.hasDefaults ? null : value, also),
    drag: (value: unknown) => source.drag(name, value),
  };
  const isChanged = source.hasDefaults && own !== undefined;
  return html`<div class="row row-${control.type} ${isChanged ? "changed" : ""}">
    <label for=${id} title=${description ?? nothing}>${label}</label>
    <div class="value">${drawn(control, context, interaction)}</div>
    ${
      isChanged
        ? html`<button
            type="button"
            class="reset"
            aria-label=${`${label}: reset to default`}
            title="Reset to default"
            @click=${() => source.set(name, null)}
          >
            ${ICONS.reset}
          </button>`
        : nothing
    }
  </div>`;
}

function actionRow(
  { name, label, description, ...control }: ControlOf<"action">,
  { run, apply, value, isPending }: ControlSource,
): TemplateResult | typeof nothing {
  const change = apply && control.change;
  const isDone = () =>
    change !== undefined &&
    Object.entries(change).every(
      ([key, set]) => JSON.stringify(value(key)) === JSON.stringify(set ?? undefined),
    );
  const act = run ?? (apply && change && (() => apply(change)));
  if (act === undefined) return nothing;
  const isBusy = isPending(name);
  // Not disabled while it is in progress or has nothing to change, because it would lose the focus.
  return html`<button
    type="button"
    class="action"
    aria-disabled=${isBusy || isDone()}
    aria-busy=${isBusy}
    title=${description ?? nothing}
    @click=${() => {
      if (!isPending(name) && !isDone()) act(name);
    }}
  >
    ${label}
  </button>`;
}

function drawn(
  control: Exclude<Control, { type: "action" }>,
  context: Omit<ControlContext<"number">, "control">,
  interaction: PanelInteraction,
): TemplateResult {
  switch (control.type) {
    case "number":
      return numberControl({ ...context, control });
    case "range":
      return rangeControl({ ...context, control });
    case "numbers":
      return numbersControl({ ...context, control });
    case "boolean":
      return booleanControl({ ...context, control });
    case "choice":
      return choiceControl({ ...context, control });
    case "colormap":
      return colormapControl(
        { ...context, control },
        {
          isOpen: interaction.isOpen(context.id),
          toggle: () => interaction.setOpen(context.id, !interaction.isOpen(context.id)),
        },
      );
    case "color":
      return colorControl({ ...context, control });
    case "text":
      return textControl({ ...context, control });
    case "planes":
      return planesControl({ ...context, control });
    case "slices":
      return slicesControl({ ...context, control });
  }
}
