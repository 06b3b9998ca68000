import { html, nothing, type TemplateResult } from "lit-html";
import { live } from "lit-html/directives/live.js";
import { repeat } from "lit-html/directives/repeat.js";
import type { PanelDescription } from "../../protocol/panel.ts";
import { colorsOf } from "./colormap-control.ts";
import { controlList, disclosure, type PanelInteraction } from "./control-list.ts";
import { gradient, toHex } from "./css-color.ts";
import { facts, warnings } from "./facts.ts";
import { ICONS } from "./icons.ts";
import { dragLayer } from "./layer-drag.ts";
import { valueText } from "./number-control.ts";
import type { ControlSource, PanelState } from "./panel-state.ts";
import { fractionOf, sliderFill } from "./slider-fill.ts";

/** Number of characters of the end of a layer's name that is always shown. */
const NAME_END = 13;
/** Maximum number of characters of a name that has room in two lines. */
const MAX_WHOLE_NAME = 18;
/** Number of characters by which the end may be shorter, so that it begins with a word. */
const MAX_WORD_START = 5;

type Layer = PanelDescription["layers"][number];

/** The layers in the order in which they are drawn: the later ones over the earlier ones. */
export function layersSection(state: PanelState, interaction: PanelInteraction): TemplateResult {
  const { layers = [] } = state.panel ?? {};
  const places = new Map(state.layerOrder.map((id, index) => [id, index]));
  const placeOf = ({ id }: Layer) => places.get(id) ?? places.size;
  const ordered = layers.toSorted((a, b) => placeOf(a) - placeOf(b));
  const canMove = ordered.length > 1 && state.may("order");
  return html`<ol class="layers">
    ${repeat(
      ordered,
      ({ id }) => id,
      (layer, index) =>
        layerItem(layer, state, interaction, canMove ? { index, last: ordered.length - 1 } : undefined),
    )}
  </ol>`;
}

function layerItem(
  layer: Layer,
  state: PanelState,
  interaction: PanelInteraction,
  place: { index: number; last: number } | undefined,
): TemplateResult {
  const { id, label } = layer;
  const source = state.layer(id);
  const isVisible = source.value("visible") !== false;
  const isOpen = interaction.isOpen(source.key);
  return html`<li class="layer ${isVisible ? "" : "invisible"}">
    <div class="layer-head">
      ${
        place === undefined
          ? nothing
          : html`<span class="grip" title="Drag to move the layer" @pointerdown=${(event: PointerEvent) =>
              dragLayer(event, (index) => state.moveLayer(id, index))}>${ICONS.grip}</span>`
      }
      <button
        type="button"
        role="switch"
        class="eye"
        aria-checked=${isVisible}
        aria-label=${`Show ${label}`}
        title=${isVisible ? "Hide" : "Show"}
        ?disabled=${!source.canSet}
        @click=${() => source.set("visible", source.value("visible") === false ? null : false)}
      >
        ${isVisible ? ICONS.shown : ICONS.hidden}
      </button>
      <button
        type="button"
        class="layer-name"
        aria-expanded=${isOpen}
        aria-label=${layer.warnings.length > 0 ? `${label}, has warnings` : label}
        title=${`${label} (${layer.kind})`}
        @click=${() => interaction.setOpen(source.key, !isOpen)}
      >
        ${elided(label)}${layer.warnings.length > 0 ? html`<span class="warned">${ICONS.warning}</span>` : nothing}${ICONS.chevron}
      </button>
      ${quickControls(layer, source)}
    </div>
    ${isOpen ? layerDetails(layer, state, interaction, place) : nothing}
  </li>`;
}

/**
 * A name that is shortened in its middle: files of one data set often differ in the beginning (the subject) or in the end (the side)
 * only. The end has a line of its own where there is no room.
 */
function elided(label: string): TemplateResult {
  const characters = [...label];
  if (characters.length <= MAX_WHOLE_NAME)
    return html`<span class="name" aria-hidden="true"><span>${label}</span></span>`;
  let end = characters.length - NAME_END;
  // At a boundary of words, if there is one near.
  const near = characters
    .slice(end - 1, end + MAX_WORD_START)
    .findLastIndex((character) => /[-_\s]/.test(character));
  if (near > 0) end += near;
  return html`<span class="name" aria-hidden="true"><span>${characters.slice(0, end).join("")}</span><span>${characters.slice(end).join("")}</span></span>`;
}

/** Opacity and color in the layer's line, where they can be set without opening it. */
function quickControls({ controls, label }: Layer, source: ControlSource): TemplateResult {
  const opacity = controls.find(({ name }) => name === "opacity");
  const color = controls.find(({ name }) => name === "color");
  const colormap = controls.find(({ name }) => name === "colormap");
  const colormapName =
    colormap?.type === "colormap" ? (source.value("colormap") ?? colormap.value) : undefined;
  const own = source.value("color");
  const hex = color?.type === "color" ? toHex(own ?? color.value) : undefined;
  const shade =
    own === undefined && typeof colormapName === "string" && colormap?.type === "colormap"
      ? colorsOf(colormap, colormapName)
      : undefined;
  return html`${
    opacity?.type === "number"
      ? html`<input
          type="range"
          class="quick-opacity"
          aria-label=${`${label}: ${opacity.label}`}
          title=${`${opacity.label}: ${valueText(numberOf(source.value("opacity") ?? opacity.value ?? 1), opacity.unit)}`}
          min=${opacity.min ?? 0}
          max=${opacity.max ?? 1}
          step=${opacity.step ?? 0.01}
          ?disabled=${!source.canSet}
          .value=${live(String(source.value("opacity") ?? opacity.value ?? 1))}
          ${sliderFill(fractionOf(numberOf(source.value("opacity") ?? opacity.value) ?? 1, opacity.min ?? 0, opacity.max ?? 1))}
          @input=${({ currentTarget }: { currentTarget: HTMLInputElement }) =>
            source.drag("opacity", currentTarget.valueAsNumber)}
        />`
      : nothing
  }${
    shade !== undefined
      ? html`<span class="swatch" title=${`${colormap?.label}: ${colormapName}`} ${gradient(shade, false)}></span>`
      : color?.type === "color"
        ? html`<input
            type="color"
            class="swatch ${hex === undefined ? "unset" : ""}"
            aria-label=${`${label}: ${color.label}`}
            title=${color.label}
            ?disabled=${!source.canSet}
            .value=${live(hex ?? "#808080")}
            @input=${({ currentTarget }: { currentTarget: HTMLInputElement }) =>
              source.drag("color", currentTarget.value)}
          />`
        : nothing
  }`;
}

function layerDetails(
  layer: Layer,
  state: PanelState,
  interaction: PanelInteraction,
  place: { index: number; last: number } | undefined,
): TemplateResult {
  const { id, label } = layer;
  const source = state.layer(id);
  const mover = (name: string, icon: unknown, to: number) => {
    // Not disabled at the ends of the list, because it would lose the focus.
    const isEnd = to < 0 || to > (place?.last ?? -1);
    return html`<button
      type="button"
      aria-label=${`Move ${label} ${name}`}
      title=${`Move ${name}`}
      aria-disabled=${isEnd}
      @click=${() => {
        if (!isEnd) state.moveLayer(id, to);
      }}
    >
      ${icon}
    </button>`;
  };
  const canFocus = state.may("focus");
  return html`<div class="layer-details">
    ${
      canFocus || place !== undefined
        ? html`<div class="layer-buttons">
            ${
              canFocus
                ? html`<button
                    type="button"
                    aria-label=${`Zoom to ${label}`}
                    title="Zoom to this layer"
                    @click=${() => state.focus(id)}
                  >
                    ${ICONS.focus}
                  </button>`
                : nothing
            }
            ${place === undefined ? nothing : html`${mover("up", ICONS.up, place.index - 1)}${mover("down", ICONS.down, place.index + 1)}`}
          </div>`
        : nothing
    }
    ${warnings(layer.warnings)}
    ${controlList(layer.controls, source, interaction)}
    ${(layer.overlays ?? []).map((overlay) => {
      const overlaySource = state.overlay(id, overlay.id);
      return disclosure({
        ...{ key: overlaySource.key, className: "folder", title: overlay.label, interaction },
        opensByDefault: false,
        content: () => controlList(overlay.controls, overlaySource, interaction),
      });
    })}
    ${facts(layer.facts)}
  </div>`;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
