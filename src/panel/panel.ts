import type { Control, ControlValue } from "../protocol/panel.ts";
import { ButtonHandle, ControlHandle } from "./control-handle.ts";
import { ControlList, type PanelWatcher } from "./control-list.ts";

/** What all controls with a value have. */
export interface ControlOptions<Value> {
  /** A tooltip: a sentence, or a phrase. */
  readonly description?: string;
  /**
   * Called with the new value after a viewer has changed it, never with one outside of the limits. It may be async: changes that arrive
   * meanwhile are merged, and it is called again with the newest. An error is logged and shown to the viewer. A `ShowStream` renders the
   * show afterwards.
   */
  readonly onChange?: (value: Value) => unknown;
}

export interface NumberOptions extends ControlOptions<number> {
  /** Limits; with both, the control is a slider. Default: none. */
  readonly min?: number;
  readonly max?: number;
  /** Default: none. */
  readonly step?: number;
  /** Whether the slider is logarithmic, for limits above 0 that are orders of magnitude apart. Default: false. */
  readonly logarithmic?: boolean;
  /** "mm", "px", "°". */
  readonly unit?: string;
  /** Default: 0, or the limit that is nearest to it. */
  readonly value?: number;
}

export interface RangeOptions extends ControlOptions<readonly [low: number, high: number]> {
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly unit?: string;
  /** Numbers of values in intervals of equal width from `min` to `max`, drawn behind the slider. Default: none. */
  readonly histogram?: readonly number[];
  /** Default: from `min` to `max`. */
  readonly value?: readonly [low: number, high: number];
}

export interface ChoiceOptions<Value extends string> extends ControlOptions<Value> {
  /** Values, with labels where these differ from them. */
  readonly choices: readonly (Value | { readonly value: Value; readonly label: string })[];
  /** Default: the first one. */
  readonly value?: NoInfer<Value>;
}

export interface BooleanOptions extends ControlOptions<boolean> {
  /** Default: false. */
  readonly value?: boolean;
}

export interface ColorOptions extends ControlOptions<string> {
  /** Any CSS color; values are always "#rrggbb". Default: "#ffffff". */
  readonly value?: string;
}

export interface TextOptions extends ControlOptions<string> {
  /** Shown while the text is empty. */
  readonly placeholder?: string;
  /** Default: "". */
  readonly value?: string;
}

export interface ButtonOptions {
  readonly description?: string;
  /** As `onChange` of {@link ControlOptions}. While it is in progress, further clicks are refused. */
  readonly onClick?: () => unknown;
}

/**
 * Adds controls below a heading of the panel. All methods throw a RangeError with a sentence if the description is not valid: a value
 * outside of its limits, an empty label, more than 1000 controls.
 */
export class ControlFolder {
  readonly #list: ControlList;
  readonly #path: readonly string[];

  /** @param path headings, the outermost first */
  constructor(list: ControlList, path: readonly string[]) {
    this.#list = list;
    this.#path = path;
  }

  /** Adds a slider or, without both limits, a field for a number. */
  number(label: string, options: NumberOptions = {}): ControlHandle<number> {
    const { onChange, value, ...rest } = options;
    const nearest = Math.min(Math.max(0, rest.min ?? 0), rest.max ?? Infinity);
    return this.#add({ ...rest, label, type: "number", value: value ?? nearest }, onChange);
  }

  /** Adds a slider with two handles. */
  range(label: string, options: RangeOptions): ControlHandle<readonly [low: number, high: number]> {
    const { onChange, value, histogram, ...rest } = options;
    const [low, high] = value ?? [rest.min, rest.max];
    const copied = histogram && { histogram: [...histogram] };
    return this.#add({ ...rest, ...copied, label, type: "range", value: [low, high] }, onChange);
  }

  /** Adds a choice of one of several texts. */
  choice<const Value extends string>(label: string, options: ChoiceOptions<Value>): ControlHandle<Value> {
    const { onChange, value, choices: given, ...rest } = options;
    const choices = given.map((choice) => (typeof choice === "string" ? { value: choice } : { ...choice }));
    return this.#add(
      { ...rest, label, type: "choice", choices, value: value ?? choices[0]?.value },
      onChange,
    );
  }

  /** Adds a check box. */
  boolean(label: string, options: BooleanOptions = {}): ControlHandle<boolean> {
    const { onChange, value = false, ...rest } = options;
    return this.#add({ ...rest, label, type: "boolean", value }, onChange);
  }

  /** Adds a color. */
  color(label: string, options: ColorOptions = {}): ControlHandle<string> {
    const { onChange, value = "#ffffff", ...rest } = options;
    return this.#add({ ...rest, label, type: "color", value }, onChange);
  }

  /** Adds a line of text, of at most 4096 characters. */
  text(label: string, options: TextOptions = {}): ControlHandle<string> {
    const { onChange, value = "", ...rest } = options;
    return this.#add({ ...rest, label, type: "text", value }, onChange);
  }

  /** Adds a button. */
  button(label: string, options: ButtonOptions = {}): ButtonHandle {
    const { onClick, ...rest } = options;
    const control = this.#list.add({ ...this.#described(rest), label, type: "action" }, onClick);
    return new ButtonHandle(control, this.#list);
  }

  /** Adds a heading below this one, at most eight deep. It is shown once it has a control. */
  folder(label: string): ControlFolder {
    return new ControlFolder(this.#list, [...this.#path, label]);
  }

  /** Removes all controls below this heading. More can be added afterwards. */
  remove(): void {
    this.#list.removeBelow(this.#path);
  }

  #add<Value>(
    description: DistributiveOmit<Control, "name" | "folder">,
    onChange: ((value: Value) => unknown) | undefined,
  ): ControlHandle<Value> {
    // The value was checked by the control's description, which is of this type.
    const callback = onChange && ((value: ControlValue | undefined) => onChange(value as Value));
    const control = this.#list.add(this.#described(description) as Control, callback);
    return new ControlHandle<Value>(control, this.#list);
  }

  #described<Description extends object>(description: Description) {
    return { ...description, name: "", ...(this.#path.length > 0 && { folder: [...this.#path] }) };
  }
}

type DistributiveOmit<Union, Keys extends PropertyKey> = Union extends unknown ? Omit<Union, Keys> : never;

/**
 * The controls of a program in the page's panel: `show.panel`. Viewers who may steer can change them, and see each other's changes.
 *
 * ```ts
 * const threshold = show.panel.number("Threshold", { min: 0, max: 1, step: 0.01, value: 0.3, onChange: update });
 * show.panel.button("Reset", { onClick: () => (threshold.value = 0.3) });
 * const server = await startServer({ panel: show.panel });
 * ```
 */
export class Panel extends ControlFolder {
  readonly #list: ControlList;

  constructor() {
    const list = new ControlList();
    super(list, []);
    this.#list = list;
  }

  /** Descriptions of the controls, with their values, as the page gets them. */
  get controls(): readonly Control[] {
    return this.#list.controls;
  }

  /**
   * Executes the command `control` of a viewer: checks the value, sets it and calls the program. Rejects with a sentence for the viewer.
   *
   * @param value undefined for a button
   */
  execute(id: string, value?: unknown): Promise<void> {
    return this.#list.execute(id, value);
  }

  /** Calls the watcher with changes, values and controls at most 50 times a second. @returns a function that ends it */
  watch(watcher: PanelWatcher): () => void {
    return this.#list.watch(watcher);
  }
}
