import { mergePatch } from "../../src/document/merge-patch.ts";
import type { RendererCommand } from "../../src/protocol/commands.ts";
import type { PanelDescription } from "../../src/protocol/panel.ts";
import type { CommandAnswer, CommandExecutor } from "../../src/server/renderer/command-channel.ts";
import type { Json, SceneControl } from "../../src/server/renderer/scene-control.ts";
import { Signal } from "../support/signal.ts";

const COLORMAPS = [
  { name: "viridis", colors: ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"] },
  { name: "viridis-r", colors: ["#fde725", "#5ec962", "#21918c", "#3b528b", "#440154"] },
  { name: "magma", colors: ["#000004", "#51127c", "#b73779", "#fc8961", "#fcfdbf"] },
  { name: "magma-r", colors: ["#fcfdbf", "#fc8961", "#b73779", "#51127c", "#000004"] },
  { name: "gray", colors: ["black", "white"] },
  { name: "gray-r", colors: ["white", "black"] },
  { name: "coolwarm", colors: ["#3b4cc0", "#dddddd", "#b40426"] },
];

/** A histogram with two peaks, the higher one at the lowest values. */
const HISTOGRAM = Array.from({ length: 64 }, (_, i) =>
  Math.round(9000 * Math.exp(-i / 2) + 900 * Math.exp(-(((i - 34) / 9) ** 2))),
);

const opacity: PanelDescription["view"][number] = {
  ...{ type: "number", name: "opacity", label: "Opacity", min: 0, max: 1, step: 0.01, value: 1 },
  description: "From 0 (invisible) to 1 (opaque)",
};

/** A surface with an overlay, a volume, and a program with a control of each type. */
export const PANEL: PanelDescription = {
  layers: [
    {
      ...{ id: "brain", label: "lh.pial", kind: "mesh", warnings: [] },
      facts: [
        { name: "Triangles", value: "327,680" },
        { name: "Extent", value: "71 × 171 × 113 mm" },
      ],
      controls: [
        opacity,
        { type: "color", name: "color", label: "Color", value: "#c8c8c8" },
        { type: "boolean", name: "edges", label: "Edges", folder: ["Shape"], value: false },
        {
          ...{ type: "number", name: "lineWidth", label: "Line width", folder: ["Shape"] },
          ...{ min: 1, max: 20, step: 0.5, unit: "px", value: 1 },
        },
        { type: "text", name: "clip", label: "Clip plane", folder: ["Shape"], placeholder: "x=10" },
      ],
      overlays: [
        {
          ...{ id: "thickness", label: "lh.thickness" },
          controls: [
            { type: "range", name: "range", label: "Range", min: 0, max: 5, unit: "mm", value: [1, 4] },
          ],
        },
      ],
    },
    {
      ...{ id: "t1", label: "T1_brain_extracted_acpc.nii.gz", kind: "volume" },
      warnings: ["The file has no unit of length; mm are assumed."],
      facts: [{ name: "Voxels", value: "256 × 256 × 176" }],
      controls: [
        opacity,
        { type: "colormap", name: "colormap", label: "Colormap", colormaps: COLORMAPS, value: "gray" },
        {
          ...{ type: "range", name: "range", label: "Range", min: 0, max: 1200 },
          ...{ histogram: HISTOGRAM, value: [40, 880] },
        },
        {
          ...{ type: "action", name: "fullRange", label: "Range of all values" },
          change: { range: [0, 1200] },
        },
        {
          ...{ type: "choice", name: "interpolation", label: "Voxels", value: "smooth" },
          choices: [{ value: "smooth" }, { value: "blocks" }],
        },
        {
          ...{ type: "slices", name: "slice", label: "Slices", folder: ["Slices"], value: "x=0,y=-18" },
          axes: (["x", "y", "z"] as const).map((axis) => ({ axis, min: -90, max: 90, step: 1 })),
          unit: "mm",
        },
        { type: "numbers", name: "sphere", label: "Sphere", names: ["x", "y", "z", "radius"], unit: "mm" },
        {
          ...{ type: "action", name: "reset", label: "Reset all properties" },
          change: { opacity: null, range: null, colormap: null },
        },
      ],
    },
  ],
  view: [
    {
      ...{ type: "choice", name: "view", label: "Side" },
      choices: ["front", "back", "left", "right", "top", "bottom", "iso"].map((value) => ({ value })),
    },
    { type: "boolean", name: "orthographic", label: "Orthographic", value: false },
    { type: "color", name: "background", label: "Background" },
    { type: "boolean", name: "axes", label: "Axes", value: false },
    { type: "boolean", name: "scalarBar", label: "Scalar bar", value: true },
    { type: "boolean", name: "letters", label: "Letters", value: true },
    {
      ...{ type: "planes", name: "clipPlanes", label: "Clip planes", folder: ["Clip planes"] },
      ...{ min: [-90, -126, -72], max: [90, 90, 108], unit: "mm" },
    },
  ],
  time: { steps: 5, labels: ["0 s", "0.25 s", "0.5 s", "0.75 s", "1 s"], isPlaying: false, speed: 10 },
  program: [
    {
      ...{ type: "number", name: "threshold", label: "Threshold" },
      ...{ min: 0.001, max: 1000, logarithmic: true, unit: "mg/l", value: 1 },
    },
    {
      ...{ type: "choice", name: "species", label: "Species", value: "o2" },
      choices: ["o2", "co2", "h2o", "n2", "methane"].map((value) => ({ value, label: value.toUpperCase() })),
    },
    { type: "boolean", name: "live", label: "Live", value: true },
    { type: "action", name: "recompute", label: "Recompute", folder: ["Model"] },
    { type: "text", name: "note", label: "Note", folder: ["Model"], value: "run 4" },
  ],
};

const DOCUMENT = {
  version: 1,
  layers: [
    { id: "brain", file: "lh.pial", overlays: [{ id: "thickness", file: "lh.thickness" }] },
    { id: "t1", file: "t1.nii.gz", opacity: 0.6 },
  ],
  view: { letters: false },
  time: 0,
};

/** A scene document in memory, and commands that change it as the renderer's do. */
export class PanelScene implements SceneControl, CommandExecutor {
  readonly supports = ["layer", "order", "focus", "scene", "play", "control"] as const;
  /** All commands so far, also those that wait. */
  readonly commands: RendererCommand[] = [];
  onChange = () => {};
  document: Json = DOCUMENT;
  readonly #executed: RendererCommand[] = [];
  readonly #changed = new Signal();
  #gate: PromiseWithResolvers<void> | undefined;
  /** The next command is refused with this message. */
  refusal: string | undefined;

  reset(): void {
    this.commands.length = 0;
    this.#executed.length = 0;
    this.document = DOCUMENT;
    this.refusal = undefined;
  }

  /** From now on, commands wait until {@link release}. */
  hold(): void {
    this.#gate = Promise.withResolvers();
  }

  release(): void {
    this.#gate?.resolve();
    this.#gate = undefined;
  }

  async execute(command: RendererCommand): Promise<CommandAnswer> {
    this.commands.push(command);
    this.#changed.notify();
    await this.#gate?.promise;
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal !== undefined) throw new Error(refusal);
    if (command.type === "scene") await this.patch(command.patch);
    const layers = this.document.layers as (Json & { id: string })[];
    if (command.type === "order")
      await this.patch({
        layers: command.layers.flatMap((id) => layers.find((layer) => layer.id === id) ?? []),
      });
    if (command.type === "layer") {
      await this.patch({
        layers: layers.map((layer) =>
          layer.id === command.layer ? mergePatch(layer, command.change) : layer,
        ),
      });
    }
    this.#executed.push(command);
    this.#changed.notify();
  }

  patch(patch: Json): Promise<Json> {
    this.document = mergePatch(this.document, patch) as Json;
    this.onChange();
    return Promise.resolve(this.document);
  }

  /** Waits until the last command that was executed matches. */
  async last(expected: RendererCommand): Promise<void> {
    await this.#changed.until(
      () => Bun.deepEquals(this.#executed.at(-1), expected),
      `the last command is ${JSON.stringify(expected)}`,
    );
  }

  async until(condition: () => boolean): Promise<void> {
    await this.#changed.until(condition);
  }
}
