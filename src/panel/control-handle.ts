import type { ControlList } from "./control-list.ts";
import type { ProgramControl } from "./program-control.ts";

/** A button of a program. */
export class ButtonHandle {
  protected readonly control: ProgramControl;
  readonly #list: ControlList;

  /** Handles are made by the methods of {@link Panel}. */
  constructor(control: ProgramControl, list: ControlList) {
    this.control = control;
    this.#list = list;
  }

  /** By which `control` commands name it: its folders and its label when it was added, joined by "/". */
  get id(): string {
    return this.control.description.name;
  }

  get label(): string {
    return this.control.description.label;
  }

  /** @throws RangeError for an empty or too long label */
  set label(label: string) {
    this.#list.setLabel(this.control, label);
  }

  /** Removes it from the pages. A callback in progress ends as usual, and no other is called. Idempotent. */
  remove(): void {
    this.#list.remove(this.control);
  }
}

/** A control of a program with its value. */
export class ControlHandle<Value> extends ButtonHandle {
  /** The present value, which a viewer may have changed. */
  get value(): Value {
    return this.control.value as Value;
  }

  /**
   * Sets the value, and shows it to the viewers. `onChange` is not called.
   *
   * @throws RangeError as for a value of a viewer: of another type, or outside of the limits
   */
  set value(value: Value) {
    this.control.setValue(value);
  }
}
