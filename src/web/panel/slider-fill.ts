import { noChange } from "lit-html";
import { Directive, directive, type ElementPart } from "lit-html/directive.js";

/** The part of a slider's track that is filled: up to the handle, or between two handles. inputs.css draws it. */
class SliderFillDirective extends Directive {
  #shown = "";

  render(_to: number, _from?: number): typeof noChange {
    return noChange;
  }

  /**
   * Through the CSSOM: the page's policy allows no style attributes.
   *
   * @param to place of the handle, from 0 to 1
   * @param from position of the other handle; default: the start of the track
   */
  override update({ element }: ElementPart, [to, from]: [to: number, from?: number]): typeof noChange {
    const shown = `${from} ${to}`;
    if (shown === this.#shown || !(element instanceof HTMLElement)) return noChange;
    this.#shown = shown;
    element.style.setProperty("--fill-to", String(to));
    if (from !== undefined) element.style.setProperty("--fill-from", String(from));
    return noChange;
  }
}

export const sliderFill = directive(SliderFillDirective);

/** Returns the place of a value between these limits, from 0 to 1. */
export function fractionOf(value: number, min: number, max: number): number {
  return max > min ? Math.min(1, Math.max(0, (value - min) / (max - min))) : 0;
}
