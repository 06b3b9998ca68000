import type { Panel } from "../../panel/panel.ts";
import type { ControlValue, PanelDescription } from "../../protocol/panel.ts";
import type { ServerMessage } from "../../protocol/server-messages.ts";

/** The descriptions of the panel with the values of a program's controls, as viewers have them. */
export class PanelState {
  #panel: PanelDescription | undefined;
  readonly #program: Panel | undefined;
  readonly #send: (message: ServerMessage) => void;
  readonly #unwatch: (() => void) | undefined;

  /**
   * @param program whose controls it shows in place of those that are set
   * @param send sends a message to all viewers
   */
  constructor(program: Panel | undefined, send: (message: ServerMessage) => void) {
    this.#program = program;
    this.#send = send;
    if (program !== undefined && program.controls.length > 0) this.#panel = this.#withProgram(undefined);
    this.#unwatch = program?.watch({
      onControls: () => this.set(this.#panel),
      onValues: (values) => this.setValues(values),
    });
  }

  /** The messages to a new viewer. */
  get greeting(): ServerMessage[] {
    return this.#panel === undefined ? [] : [{ type: "panel", panel: this.#panel }];
  }

  /** Sets the descriptions; undefined: those of the program alone. */
  set(panel: PanelDescription | undefined): void {
    this.#panel = this.#withProgram(panel);
    this.#send({ type: "panel", panel: this.#panel });
  }

  /** Sets values of the program's controls. */
  setValues(values: Readonly<Record<string, ControlValue>>): void {
    if (this.#panel === undefined) return;
    this.#panel = withValues(this.#panel, values);
    this.#send({ type: "control-values", values });
  }

  close(): void {
    this.#unwatch?.();
  }

  #withProgram(panel: PanelDescription = { layers: [], view: [], program: [] }): PanelDescription {
    return this.#program === undefined ? panel : { ...panel, program: [...this.#program.controls] };
  }
}

/** A description with other values of the program's controls. */
export function withValues(
  panel: PanelDescription,
  values: Readonly<Record<string, ControlValue>>,
): PanelDescription {
  const program = panel.program.map((control) =>
    Object.hasOwn(values, control.name) ? { ...control, value: values[control.name] } : control,
  );
  return { ...panel, program: program as PanelDescription["program"] };
}
