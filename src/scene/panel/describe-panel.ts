import { Box3 } from "three";
import type { TimeSteps } from "../../actors/actor.ts";
import type { SceneDocument } from "../../document/scene-document.ts";
import { UP_AXES, type UpAxis } from "../../formats/up-axis.ts";
import { VIEW_PROPERTIES } from "../../layers/view-properties.ts";
import type { Control, PanelDescription } from "../../protocol/panel.ts";
import { DEFAULT_BACKGROUND } from "../background.ts";
import type { LoadedLayer } from "../load-layer.ts";
import { boxOf } from "../scene-bounds.ts";
import { describeLayers } from "./describe-layers.ts";
import { describeTime } from "./describe-time.ts";
import { controlsOf } from "./property-control.ts";

/** Maximum size of the message, bytes: a WebSocket of the server buffers 1 MiB. */
const MAX_BYTES = 900_000;

/** Controls of the layers of a scene with hundreds of them. */
const ESSENTIAL: readonly string[] = ["opacity", "color"];

/** Input of the description of a panel. */
interface Described {
  readonly layers: readonly LoadedLayer[];
  readonly document: SceneDocument;
  readonly time: TimeSteps | undefined;
  /** The axis that points up while the document does not say it. */
  readonly up: UpAxis;
  /** Of the animation, s; 0 without one, infinite for one without an end. */
  readonly duration: number;
}

/** Describes the panel of a scene: what can be set of its layers and of the view, and its time steps. */
export function describePanel({ layers, document, time: steps, duration, up }: Described): PanelDescription {
  const described = describeLayers(layers, document);
  const time = describeTime(steps, duration);
  const panel = { layers: described, view: viewControls(layers, up), ...(time && { time }), program: [] };
  if (sizeOf(panel) <= MAX_BYTES) return panel;
  const brief = { ...panel, layers: withControls(described, (controls) => controls.map(withoutDetails)) };
  if (sizeOf(brief) <= MAX_BYTES) return brief;
  const essential = withControls(described, (controls) =>
    controls.filter(({ name }) => ESSENTIAL.includes(name)).map(withoutDetails),
  );
  return { ...panel, layers: essential };
}

function sizeOf(panel: PanelDescription): number {
  return Buffer.byteLength(JSON.stringify(panel));
}

type Layers = PanelDescription["layers"];

function withControls(layers: Layers, map: (controls: Control[]) => Control[]): Layers {
  return layers.map(({ controls, overlays, ...layer }) => ({
    ...layer,
    controls: map(controls),
    ...(overlays && { overlays: overlays.map((each) => ({ ...each, controls: map(each.controls) })) }),
  }));
}

/** A control without a tooltip and histogram, and with previews of colormaps by three colors. */
function withoutDetails({ description: _, ...control }: Control): Control {
  if (control.type === "range") return { ...control, histogram: undefined };
  if (control.type !== "colormap") return control;
  const colormaps = control.colormaps.map(({ name, colors }) => ({
    name,
    colors: [0, 0.5, 1].map((share) => colors[Math.round(share * (colors.length - 1))] ?? "black"),
  }));
  return { ...control, colormaps };
}

function viewControls(layers: readonly LoadedLayer[], up: UpAxis): Control[] {
  const hasLegends = layers.some(({ actor }) => actor.legend !== undefined);
  const box = new Box3();
  for (const { actor } of layers) box.union(boxOf(actor.object));
  const extent = box.isEmpty() ? undefined : { min: box.min.toArray(), max: box.max.toArray() };
  const isAnatomy = layers.some(({ space }) => space === "ras");
  return [
    {
      ...{ name: "background", label: "Background", type: "color", value: DEFAULT_BACKGROUND },
      description: "Color of the background.",
    },
    {
      ...{ name: "up", label: "Up", folder: ["Camera"], type: "choice", value: up },
      description: "Axis that points up. The view is framed again.",
      choices: UP_AXES.map((axis) => ({ value: axis, label: axis.replace("-", "\u2212").toUpperCase() })),
    },
    ...controlsOf(VIEW_PROPERTIES, {
      extent,
      unit: isAnatomy ? "mm" : undefined,
      traits: new Set([
        ...(hasLegends ? (["values"] as const) : []),
        ...(isAnatomy ? (["anatomy"] as const) : []),
      ]),
    }),
  ];
}
