import { html, nothing, type TemplateResult } from "lit-html";
import type { PanelDescription } from "../../protocol/panel.ts";
import { ICONS } from "./icons.ts";

type Layer = PanelDescription["layers"][number];

export function facts(list: Layer["facts"]): TemplateResult | typeof nothing {
  if (list.length === 0) return nothing;
  return html`<dl class="facts">${list.map(({ name, value }) => html`<div><dt>${name}</dt><dd>${parts(value)}</dd></div>`)}</dl>`;
}

/** A list, such as the extents of three axes, is broken between its items only. */
function parts(value: string): TemplateResult[] {
  const items = value.split(", ");
  return items.map((item, i) => html`<span>${item}${i < items.length - 1 ? "," : ""}</span> `);
}

export function warnings(list: readonly string[]): TemplateResult | typeof nothing {
  if (list.length === 0) return nothing;
  return html`<ul class="warnings">${list.map((text) => html`<li>${ICONS.warning}<span>${text}</span></li>`)}</ul>`;
}

/** Facts and warnings of all layers. */
export function infoSection(layers: readonly Layer[]): TemplateResult {
  return html`${layers.map(
    (layer) => html`<section class="info">
      <h3>${layer.label}<span>${layer.kind}</span></h3>
      ${facts(layer.facts)}${warnings(layer.warnings)}
    </section>`,
  )}`;
}
