import type { CommandType, RendererCommand } from "../../protocol/commands.ts";
import type { ControlValue, PanelDescription } from "../../protocol/panel.ts";
import { ChangeQueue, type ChangeTarget, type Patch } from "./change-queue.ts";

type Json = Readonly<Record<string, unknown>>;
/** A layer or an overlay of the scene document. */
type Entry = Json & { readonly id: string };

/** The values of a list of controls, and how they are changed. */
export interface ControlSource {
  /** Unique among all sources. */
  readonly key: string;
  /** Whether this viewer may change them. */
  readonly canSet: boolean;
  /** Whether a control can be reset to its default. */
  readonly hasDefaults: boolean;
  /** Undefined if nothing is set. */
  value(name: string): unknown;
  /** Sets a value, and shows it at once; null: the default. `also`: others to set with it, which a program has not. */
  set(name: string, value: unknown, also?: Patch): void;
  /** The same while a control is dragged: changes by others are not shown until {@link PanelState.release}. */
  drag(name: string, value: unknown): void;
  /** Sets several values; null: the default. Undefined for a program. */
  readonly apply?: (change: Patch) => void;
  /** Has the program execute an action; undefined for layers and the view, whose actions are changes. */
  readonly run?: (name: string) => void;
  /** Whether a value was not accepted yet, or an action is in progress. */
  isPending(name: string): boolean;
}

/**
 * The state of the panel: descriptions, the scene document, values of a program, and the changes of this viewer, which are shown before
 * the server has accepted them (optimistic updates).
 */
export class PanelState {
  panel: PanelDescription | undefined;
  #document: Json = {};
  /** Layers of the document by id, in its order. */
  #layers: ReadonlyMap<string, Entry> = new Map();
  /** Values of a program's controls that are newer than the descriptions. */
  #values = new Map<string, unknown>();
  #commands: readonly CommandType[] = [];
  readonly #queue: ChangeQueue;
  readonly #onChange: () => void;
  /** Values of the controls that are dragged, by source and name. */
  readonly #held = new Map<string, unknown>();

  constructor(options: {
    execute: (command: RendererCommand) => Promise<unknown>;
    /** A change was refused; the old value is shown again. */
    onRefused: (error: unknown) => void;
    onChange: () => void;
  }) {
    this.#onChange = options.onChange;
    this.#queue = new ChangeQueue({
      execute: options.execute,
      onRefused: options.onRefused,
      onSettled: options.onChange,
    });
  }

  /** The commands that this viewer may send. */
  set commands(commands: readonly CommandType[]) {
    this.#commands = commands;
    this.#onChange();
  }

  may(command: CommandType): boolean {
    return this.#commands.includes(command);
  }

  setPanel(panel: PanelDescription): void {
    this.panel = panel;
    this.#values.clear();
    this.#onChange();
  }

  setDocument(document: Json): void {
    this.#setDocument(document);
    this.#onChange();
  }

  setValues(values: Readonly<Record<string, ControlValue>>): void {
    for (const [name, value] of Object.entries(values)) this.#values.set(name, value);
    this.#onChange();
  }

  /** Shows changes by others again, after a control was dragged. */
  release(): void {
    if (this.#held.size === 0) return;
    this.#held.clear();
    this.#onChange();
  }

  /** Forgets the changes in progress, because the connection is closed; the last values stay visible. */
  reset(): void {
    this.#commands = [];
    this.#queue.clear();
    this.#held.clear();
    this.#onChange();
  }

  /** Ids of the layers, in the order in which they are drawn. */
  get layerOrder(): readonly string[] {
    const wanted = this.#queue.pending("order")?.ids as string[] | undefined;
    if (wanted === undefined) return [...this.#layers.keys()];
    // Others may have added or removed layers meanwhile.
    return [...new Set([...wanted, ...this.#layers.keys()])].filter((id) => this.#layers.has(id));
  }

  moveLayer(id: string, index: number): void {
    const ids = this.layerOrder.filter((other) => other !== id);
    ids.splice(index, 0, id);
    this.#change(
      {
        key: "order",
        toCommand: () => ({ type: "order", layers: this.layerOrder }),
        onAccepted: () => {
          const layers = this.layerOrder.flatMap((id) => this.#layers.get(id) ?? []);
          this.#setDocument({ ...this.#document, layers });
        },
      },
      { ids },
    );
  }

  /** Moves the camera to a layer. */
  focus(id: string): void {
    const toCommand = () => ({ type: "focus", layer: id }) as const;
    this.#change({ key: keyOf("focus", id), toCommand, onAccepted: () => {} }, {});
  }

  get time(): number {
    const time = this.#queue.pending("time")?.time ?? this.#document.time;
    return typeof time === "number" ? time : 0;
  }

  set time(time: number) {
    this.#change(
      {
        key: "time",
        toCommand: (patch) => ({ type: "scene", patch }),
        onAccepted: (patch) => {
          this.#setDocument({ ...this.#document, ...patch });
        },
      },
      { time },
    );
  }

  /** Whether the time steps are played, and how many per second. */
  get playback(): { readonly isPlaying: boolean; readonly speed: number } {
    const { isPlaying = false, speed = 1 } = this.panel?.time ?? {};
    return { isPlaying, speed, ...this.#queue.pending("play") };
  }

  play(change: { isPlaying?: boolean; speed?: number }): void {
    this.#change(
      {
        key: "play",
        toCommand: () => ({ type: "play", ...this.playback }),
        onAccepted: (patch) => {
          const { panel } = this;
          if (panel?.time !== undefined) this.panel = { ...panel, time: { ...panel.time, ...patch } };
        },
      },
      change,
    );
  }

  layer(id: string): ControlSource {
    return this.#documentSource(
      {
        key: keyOf("layer", id),
        toCommand: (change) => ({ type: "layer", layer: id, change }),
        onAccepted: (patch) => this.#changeLayer(id, (layer) => apply(layer, patch)),
      },
      () => this.#layers.get(id),
    );
  }

  overlay(layer: string, id: string): ControlSource {
    return this.#documentSource(
      {
        key: keyOf("overlay", layer, id),
        // A merge patch replaces lists as a whole.
        toCommand: () => ({ type: "layer", layer, change: { overlays: this.#pendingOverlays(layer) } }),
        onAccepted: (patch) => this.#changeLayer(layer, (entry) => withOverlay(entry, id, patch)),
      },
      () => overlaysOf(this.#layers.get(layer)).find((entry) => entry.id === id),
    );
  }

  get view(): ControlSource {
    return this.#documentSource(
      {
        key: "view",
        toCommand: (view) => ({ type: "scene", patch: { view } }),
        onAccepted: (patch) => {
          this.#setDocument({
            ...this.#document,
            view: apply(objectOf(this.#document.view), patch),
          });
        },
      },
      () => objectOf(this.#document.view),
      "scene",
    );
  }

  get program(): ControlSource {
    const keyOfControl = (name: string) => keyOf("control", name);
    const change = (control: string, patch: Patch) =>
      this.#change(
        {
          key: keyOfControl(control),
          toCommand: ({ value }) => ({
            ...{ type: "control", control },
            ...(value !== undefined && { value: value as ControlValue }),
          }),
          onAccepted: ({ value }) => {
            if (value !== undefined) this.#values.set(control, value);
          },
        },
        patch,
      );
    return {
      key: "program",
      canSet: this.may("control"),
      hasDefaults: false,
      value: (name) =>
        this.#held.get(heldKey("program", name)) ??
        this.#queue.pending(keyOfControl(name))?.value ??
        this.#values.get(name),
      set: (name, value) => change(name, { value }),
      drag: (name, value) => {
        this.#held.set(heldKey("program", name), value);
        change(name, { value });
      },
      run: (name) => change(name, {}),
      isPending: (name) => this.#queue.pending(keyOfControl(name)) !== undefined,
    };
  }

  #documentSource(
    target: ChangeTarget,
    entry: () => Json | undefined,
    command: CommandType = "layer",
  ): ControlSource {
    const { key } = target;
    const set = (name: string, value: unknown, also: Patch = {}) =>
      this.#change(target, { ...also, [name]: value });
    return {
      key,
      canSet: this.may(command),
      hasDefaults: true,
      value: (name) => {
        const held = this.#held.get(heldKey(key, name));
        if (held !== undefined) return held;
        const pending = this.#queue.pending(key) ?? {};
        return (Object.hasOwn(pending, name) ? pending[name] : ownValue(entry(), name)) ?? undefined;
      },
      set,
      drag: (name, value) => {
        this.#held.set(heldKey(key, name), value);
        set(name, value);
      },
      apply: (change) => this.#change(target, change),
      isPending: (name) => Object.hasOwn(this.#queue.pending(key) ?? {}, name),
    };
  }

  #change(target: ChangeTarget, patch: Patch): void {
    this.#queue.add(target, patch);
    this.#onChange();
  }

  #setDocument(document: Json): void {
    this.#document = document;
    this.#layers = new Map(entriesOf(document.layers).map((layer) => [layer.id, layer]));
  }

  #pendingOverlays(layer: string): readonly Json[] {
    return overlaysOf(this.#layers.get(layer)).map((overlay) =>
      apply(overlay, this.#queue.pending(keyOf("overlay", layer, overlay.id)) ?? {}),
    );
  }

  #changeLayer(id: string, change: (layer: Entry) => Json): void {
    const layers = [...this.#layers.values()].map((layer) => (layer.id === id ? change(layer) : layer));
    this.#setDocument({ ...this.#document, layers });
  }
}

function keyOf(...parts: readonly string[]): string {
  return JSON.stringify(parts);
}

function heldKey(source: string, name: string): string {
  return `${source} ${name}`;
}

/** Applies a patch: null removes a value. */
function apply(values: Json, patch: Patch): Json {
  return Object.fromEntries(Object.entries({ ...values, ...patch }).filter(([, value]) => value !== null));
}

function withOverlay(layer: Entry, id: string, patch: Patch): Json {
  const overlays = overlaysOf(layer).map((overlay) => (overlay.id === id ? apply(overlay, patch) : overlay));
  return { ...layer, overlays };
}

function overlaysOf(layer: Json | undefined): readonly Entry[] {
  return entriesOf(layer?.overlays);
}

function entriesOf(value: unknown): readonly Entry[] {
  return Array.isArray(value) ? value.filter((entry) => typeof objectOf(entry).id === "string") : [];
}

function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null ? (value as Json) : {};
}

/** Names come from outside: those of a prototype have no value. */
function ownValue(object: Json | undefined, name: string): unknown {
  return object !== undefined && Object.hasOwn(object, name) ? object[name] : undefined;
}
