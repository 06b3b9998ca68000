import {
  type Control,
  type ControlValue,
  controlSchema,
  MAX_CONTROLS,
  MAX_NAME_LENGTH,
} from "../protocol/panel.ts";
import { checkValue } from "./check-value.ts";
import { type ControlCallback, ProgramControl } from "./program-control.ts";

/** Interval of messages to viewers about values and controls that have changed, ms. */
const ANNOUNCE_MS = 20;

/** Maximum length of all descriptions as they are added, characters of JSON: they are sent to every viewer. */
const MAX_DESCRIPTION_LENGTH = 1 << 19;

/** Receives the changes of a panel. */
export interface PanelWatcher {
  /** The controls, with their values; after controls were added, removed or renamed. */
  onControls?: (controls: readonly Control[]) => void;
  /** Values that have changed, by the id of their control. */
  onValues?: (values: Readonly<Record<string, ControlValue>>) => void;
  /** The program has run because a viewer changed a control, and may have changed what is shown. */
  onProgram?: () => void;
}

/** The controls of a program in the order in which they were added. */
export class ControlList {
  readonly #controls = new Map<string, ProgramControl>();
  readonly #watchers = new Set<PanelWatcher>();
  readonly #changedValues = new Set<string>();
  /** Lengths of the descriptions as they were added, and their sum. */
  readonly #lengths = new Map<ProgramControl, number>();
  #descriptionLength = 0;
  #areControlsChanged = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  get controls(): Control[] {
    return [...this.#controls.values()].map(({ description }) => description);
  }

  /**
   * Adds a control. Its `name` is replaced by an id.
   *
   * @throws RangeError whose message names what is wrong
   */
  add(description: Control, callback: ControlCallback | undefined): ProgramControl {
    const { label, folder = [] } = description;
    if (this.#controls.size >= MAX_CONTROLS)
      throw new RangeError(`A program has at most ${MAX_CONTROLS} controls; remove some.`);
    const id = this.#freeId([...folder, label].join("/"));
    const checked = checkDescription({ ...description, name: id });
    const length = JSON.stringify(checked).length;
    if (this.#descriptionLength + length > MAX_DESCRIPTION_LENGTH)
      throw new RangeError(
        `The descriptions of all controls have at most ${MAX_DESCRIPTION_LENGTH} characters; that of "${label}" is too much.`,
      );
    this.#descriptionLength += length;
    const control = new ProgramControl(checked, callback, {
      onValue: () => {
        if (this.#watchers.size > 0) this.#changedValues.add(id);
        this.#announce();
      },
      onProgram: () => {
        for (const watcher of this.#watchers) watcher.onProgram?.();
      },
    });
    this.#controls.set(id, control);
    this.#lengths.set(control, length);
    this.#onControls();
    return control;
  }

  /** Executes a viewer's command. Rejects with a sentence for the viewer. */
  async execute(id: string, value: unknown): Promise<void> {
    const control = this.#controls.get(id);
    if (control === undefined)
      throw new Error("The program has no control of this name; it may have removed it.");
    await control.receive(value);
  }

  /** @returns a function that ends it */
  watch(watcher: PanelWatcher): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** @throws RangeError for an empty or too long label */
  setLabel(control: ProgramControl, label: string): void {
    control.description = checkDescription({ ...control.description, label });
    this.#onControls();
  }

  /** Does nothing if it was removed. */
  remove(control: ProgramControl): void {
    const id = control.description.name;
    if (this.#controls.get(id) !== control) return;
    control.remove();
    this.#controls.delete(id);
    this.#descriptionLength -= this.#lengths.get(control) ?? 0;
    this.#lengths.delete(control);
    this.#onControls();
  }

  /** Removes all controls below these headings. */
  removeBelow(path: readonly string[]): void {
    for (const control of [...this.#controls.values()]) {
      const { folder = [] } = control.description;
      if (path.every((heading, depth) => folder[depth] === heading)) this.remove(control);
    }
  }

  #freeId(path: string): string {
    const id = path.slice(0, MAX_NAME_LENGTH);
    for (let number = 2, free = id; ; number++) {
      if (!this.#controls.has(free)) return free;
      const suffix = ` (${number})`;
      free = id.slice(0, MAX_NAME_LENGTH - suffix.length) + suffix;
    }
  }

  #onControls(): void {
    this.#areControlsChanged = this.#watchers.size > 0;
    this.#announce();
  }

  /** Passes changes to the watchers, soon: several in a row are one message. */
  #announce(): void {
    if (this.#watchers.size === 0) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const { controls } = this;
      const values = Object.fromEntries(
        [...this.#changedValues].flatMap((id) => {
          const value = this.#controls.get(id)?.value;
          return value === undefined ? [] : [[id, value]];
        }),
      );
      const areControlsChanged = this.#areControlsChanged;
      this.#areControlsChanged = false;
      this.#changedValues.clear();
      for (const watcher of this.#watchers) {
        if (areControlsChanged) watcher.onControls?.(controls);
        else watcher.onValues?.(values);
      }
    }, ANNOUNCE_MS);
  }
}

/** @throws RangeError whose message names what is wrong */
function checkDescription(description: Control): Control {
  const { label } = description;
  if (label.trim() === "") throw new RangeError("A control requires a label.");
  const { data, error } = controlSchema.safeParse(description);
  if (data === undefined) {
    const [issue] = error.issues;
    throw new RangeError(
      `The control "${label.slice(0, 60)}" is not valid: ${issue?.path.join(".")}: ${issue?.message}`,
    );
  }
  if ((data.type === "number" || data.type === "range") && (data.min ?? -Infinity) > (data.max ?? Infinity))
    throw new RangeError(`The control "${label}" has a min of ${data.min}, above its max of ${data.max}.`);
  if (data.type === "action" || data.value === undefined) return data;
  return { ...data, value: checkValue(data, data.value) } as Control;
}
