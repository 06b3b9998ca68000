import type { RendererCommand } from "../../protocol/commands.ts";
import { isObject, type Json } from "./scene-state.ts";

/** Sides of a scene by the digit of a key, without and with Shift: as on the number pad of Blender and f3d. */
const SIDES: Readonly<Record<string, readonly [string, string]>> = {
  1: ["front", "back"],
  3: ["right", "left"],
  7: ["top", "bottom"],
  9: ["iso", "iso"],
};
const PROJECTION_DIGIT = "5";

/**
 * Digits that look from a side, and one that changes the projection. By the place of the key: on many keyboards, digits need Shift, or
 * have another character with it.
 */
export class SideKeys {
  readonly #execute: (command: RendererCommand) => Promise<unknown>;
  readonly #onError: (error: unknown) => void;
  #isOrthographic = false;
  /** Number of changes of the projection that the server has not confirmed. */
  #pending = 0;

  constructor(options: {
    execute: (command: RendererCommand) => Promise<unknown>;
    onError: (error: unknown) => void;
  }) {
    this.#execute = options.execute;
    this.#onError = options.onError;
  }

  /** To be called with each scene document. One that was sent before a change is confirmed may not have it. */
  onScene({ view }: Json): void {
    if (this.#pending === 0) this.#isOrthographic = isObject(view) && view.orthographic === true;
  }

  /** Handles a shortcut. @returns whether the key is one */
  onKey({ code, shiftKey }: Pick<KeyboardEvent, "code" | "shiftKey">): boolean {
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
    if (digit === undefined) return false;
    const side = SIDES[digit]?.[shiftKey ? 1 : 0];
    if (side !== undefined) this.#change({ view: side, azimuth: null, elevation: null });
    else if (digit === PROJECTION_DIGIT && !shiftKey) this.#changeProjection();
    else return false;
    return true;
  }

  /** Shows the change at once: the next key changes it back. */
  #changeProjection(): void {
    const before = this.#isOrthographic;
    this.#isOrthographic = !before;
    this.#pending++;
    const onRefused = () => {
      this.#isOrthographic = before;
    };
    this.#change({ orthographic: !before }, onRefused, () => this.#pending--);
  }

  #change(view: Json, onRefused?: () => void, onDone?: () => void): void {
    this.#execute({ type: "scene", patch: { view } })
      .catch((error: unknown) => {
        onRefused?.();
        this.#onError(error);
      })
      .finally(onDone);
  }
}
