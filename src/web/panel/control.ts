import { noChange } from "lit-html";
import type { DirectiveResult } from "lit-html/directive.js";
import { live } from "lit-html/directives/live.js";
import type { Control } from "../../protocol/panel.ts";

export type ControlOf<Type extends Control["type"]> = Extract<Control, { type: Type }>;

/** A control with its value, as it is drawn. */
export interface ControlContext<Type extends Control["type"]> {
  readonly control: ControlOf<Type>;
  /** Id of the element that its label refers to. */
  readonly id: string;
  /** The value that applies; undefined if the renderer chooses it. It is not checked. */
  readonly value: unknown;
  /** The value at this moment, for handlers of events: several events may come before the next drawing. */
  readonly current: () => unknown;
  readonly fields: TextFields;
  /** `also`: other properties of the same layer, or of the view, to set with it. */
  set(value: unknown, also?: Readonly<Record<string, unknown>>): void;
  /** See {@link ControlSource.drag}. */
  drag(value: unknown): void;
}

/**
 * Text fields in which somebody is typing: what they contain is not overwritten until it is committed (Enter, or the focus leaves), also
 * if the value changes meanwhile.
 */
export class TextFields {
  readonly #onChange: () => void;
  /** Ids of the fields. */
  readonly #edited = new Set<string>();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** The value of a field for a property of its element. */
  text(id: string, text: string): DirectiveResult | typeof noChange {
    return this.#edited.has(id) ? noChange : live(text);
  }

  onInput(id: string): void {
    this.#edited.add(id);
  }

  /** Shows the value of a field again, instead of what was typed. @returns whether anything was typed */
  undo(id: string): boolean {
    const isEdited = this.#edited.has(id);
    this.onDone(id);
    return isEdited;
  }

  /** To be called when a field has changed or has lost the focus: it shows the value again. */
  onDone(id: string): void {
    if (this.#edited.delete(id)) this.#onChange();
  }
}
