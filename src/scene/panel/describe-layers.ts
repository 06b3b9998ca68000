import { basename } from "node:path";
import type { Box3 } from "three";
import type { SceneDocument } from "../../document/scene-document.ts";
import { fileLabel } from "../../formats/load-error.ts";
import { LAYER_PROPERTIES, OVERLAY_PROPERTIES } from "../../layers/layer-properties.ts";
import type { Properties } from "../../layers/property.ts";
import { slicesText } from "../../layers/slice-text.ts";
import type { Control, PanelDescription } from "../../protocol/panel.ts";
import { niceBelow } from "../annotations/nice-numbers.ts";
import type { LoadedLayer } from "../load-layer.ts";
import { boxOf } from "../scene-bounds.ts";
import { withActions } from "./layer-actions.ts";
import type { LayerFacts } from "./layer-facts.ts";
import { type ControlContext, controlsOf, stepOf } from "./property-control.ts";

type LayerDescription = PanelDescription["layers"][number];

/** Maximum number of layers, and of warnings of each, that a panel can have. */
const MAX_LAYERS = 1000;
const MAX_WARNINGS = 64;
const MAX_OVERLAYS = 64;
const MAX_TEXT = 4096;

/** Limits of the diameter of tubes, of the extent of the layer. */
const MAX_THICKNESS = 1 / 50;

/** Share of the extent by which the largest factor of a warp moves points. */
const MAX_WARP = 0.5;

/** Describes what can be set of each layer, and facts about it. */
export function describeLayers(layers: readonly LoadedLayer[], document: SceneDocument): LayerDescription[] {
  const files = layers.flatMap(({ kind, path }) => (kind === "volume" ? path : []));
  return layers.slice(0, MAX_LAYERS).flatMap((layer, i) => {
    const of = document.layers[i];
    return of === undefined ? [] : describeLayer(layer, of, [...new Set(files)]);
  });
}

function describeLayer(
  layer: LoadedLayer,
  of: SceneDocument["layers"][number],
  files: readonly string[],
): LayerDescription {
  const { facts, kind, actor } = layer;
  const box = boxOf(actor.object);
  const context = { ...contextOf(layer, box), files };
  const overlays = (of.overlays ?? []).slice(0, MAX_OVERLAYS).map(({ id, file }, overlay) => ({
    id,
    label: clipped(basename(fileLabel(file))),
    controls: controlsWithActions(OVERLAY_PROPERTIES, overlayContext(facts, overlay)),
  }));
  return {
    id: of.id,
    label: clipped(basename(fileLabel(of.file))),
    kind,
    facts: factTexts(layer, box),
    warnings: facts.warnings.slice(0, MAX_WARNINGS).map(clipped),
    controls: controlsWithActions(LAYER_PROPERTIES[kind], context),
    ...(overlays.length > 0 && { overlays }),
  };
}

function controlsWithActions(properties: Properties, context: ControlContext): Control[] {
  return withActions(controlsOf(properties, context), properties, context.values);
}

function contextOf({ facts, actor, kind }: LoadedLayer, box: Box3): ControlContext {
  const { traits, unit, colors, vectors, groups, assemblies, shown, longest } = facts;
  const values = shown.find(({ overlay }) => overlay === undefined)?.values;
  const size = box.isEmpty() ? 0 : box.min.distanceTo(box.max);
  const { legend, slices } = actor;
  const lines = facts.counts.find(([name]) => name === "streamlines")?.[1] ?? 0;
  return {
    traits,
    values,
    unit,
    names: {
      arrays: colors.map(({ name }) => name),
      ...{ vectors, groups, assemblies, components: componentNames(values?.components) },
    },
    limits: {
      values: values?.extent,
      length: kind === "streamlines" && longest !== undefined ? [0, roundAbove(longest)] : undefined,
      thickness: size > 0 ? [0, roundAbove(size * MAX_THICKNESS)] : undefined,
      count: lines > 1 ? [1, Math.min(1000, lines)] : undefined,
      warp: [0, Math.max(2, longest ? roundAbove((MAX_WARP * size) / longest) : 2)],
    },
    ...(kind === "volume" && !box.isEmpty() && { slices: sliceLimits(box, facts.spacing) }),
    defaults: {
      colormap: legend?.labels === undefined ? legend?.colormap : undefined,
      colorBy: values?.array ?? colors.find(({ isDefault }) => isDefault)?.name,
      ...(slices !== undefined && { slice: positionsText(slices.positions) }),
    },
  };
}

function overlayContext({ shown, colors, unit }: LayerFacts, overlay: number): ControlContext {
  const own = shown.find((each) => each.overlay === overlay);
  return {
    traits: new Set(own === undefined ? [] : [own.values === undefined ? "labels" : "values"]),
    values: own?.values,
    unit,
    names: {
      arrays: colors.filter((each) => each.overlay === overlay).map(({ name }) => name),
      components: componentNames(own?.values?.components),
    },
    defaults: { colorBy: own?.values?.array },
  };
}

function componentNames(components = 1): string[] {
  if (components < 2) return [];
  const names = components === 3 ? ["x", "y", "z"] : Array.from({ length: components }, (_, i) => String(i));
  return ["magnitude", ...names];
}

function sliceLimits(box: Box3, spacing: number | undefined) {
  return ([0, 1, 2] as const).map((axis) => {
    const [min, max] = [box.min.getComponent(axis), box.max.getComponent(axis)];
    // Half of the smallest voxel reaches each of an oblique volume's, too.
    return { min, max, step: spacing ? spacing / 2 : stepOf([min, max]) };
  });
}

function positionsText(positions: ReadonlyMap<0 | 1 | 2, number>): string {
  return slicesText(new Map([...positions].map(([axis, at]) => [(["x", "y", "z"] as const)[axis], at])));
}

/** Rounds up to 1, 2 or 5 times a power of ten. */
function roundAbove(value: number): number {
  const below = niceBelow(value);
  return below >= value ? below : below * (value <= 2 * below ? 2 : 5);
}

function factTexts({ facts, space }: LoadedLayer, box: Box3): LayerDescription["facts"] {
  const counts = facts.counts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => ({ name, value: count.toLocaleString("en") }));
  if (box.isEmpty()) return counts;
  const unit = facts.unit === undefined ? "" : ` ${facts.unit}`;
  const axes = (["x", "y", "z"] as const).map(
    (axis) => `${axis} ${rounded(box.min[axis])} to ${rounded(box.max[axis])}`,
  );
  const sides = (["x", "y", "z"] as const).map((axis) => rounded(box.max[axis] - box.min[axis]));
  return [
    ...counts,
    { name: "size", value: `${sides.join(" × ")}${unit}` },
    { name: "extent", value: `${axes.join(", ")}${unit}` },
    ...(space === "ras" ? [{ name: "space", value: "anatomy (RAS+)" }] : []),
  ];
}

/** Five significant digits. */
function rounded(value: number): string {
  return String(Number(value.toPrecision(5))).replace("-", "\u2212");
}

function clipped(text: string): string {
  return text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT - 1)}…`;
}
