import { reporter } from "../native/guarded.ts";
import type { PanelDescription } from "../protocol/panel.ts";

/** Delay of the descriptions after a change of the document, ms: a slider that is dragged changes it 60 times a second. */
const DELAY_MS = 250;

interface DescribedScene {
  describe(): Promise<PanelDescription>;
}

/** Sends the descriptions of the panel when they have changed: those of the layers and the view, and of a program's controls. */
export class RendererPanel implements Disposable {
  readonly #send: (panel: PanelDescription) => void;
  #scene: PanelDescription = { layers: [], view: [], program: [] };
  readonly #program: () => PanelDescription["program"];
  /** The descriptions of the scene that were sent last, as JSON. */
  #sent = "";
  #timer: Timer | undefined;
  /** Uncaught, the error would end the renderer process, and each one after it. */
  readonly #reportFailure = reporter("The panel cannot be described");

  /** @param program returns the controls of the program, with their present values */
  constructor(send: (panel: PanelDescription) => void, program: () => PanelDescription["program"]) {
    this.#send = send;
    this.#program = program;
  }

  /** To be called when the program has added, removed or renamed controls. */
  onProgram(): void {
    this.#send({ ...this.#scene, program: this.#program() });
  }

  /** Sends the descriptions of a scene, if they have changed. If they cannot be made, the error is logged. */
  show(scene: DescribedScene | undefined): void {
    clearTimeout(this.#timer);
    if (scene !== undefined) this.#describe(scene).catch(this.#reportFailure);
  }

  async #describe(scene: DescribedScene): Promise<void> {
    const panel = await scene.describe();
    const text = JSON.stringify(panel);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#scene = panel;
    this.#send({ ...panel, program: this.#program() });
  }

  /** As {@link show}, after the last of several changes in a row; not before the first descriptions, which follow the first picture. */
  update(scene: DescribedScene | undefined): void {
    if (this.#sent === "") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.show(scene), DELAY_MS);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
