import { noChange } from "lit-html";
import { Directive, directive, type ElementPart } from "lit-html/directive.js";

const context = document.createElement("canvas").getContext("2d");

/** Returns a CSS color as #rrggbb, for a color input; undefined if it is invalid or not opaque. */
export function toHex(color: unknown): string | undefined {
  if (context === null || typeof color !== "string" || !CSS.supports("color", color)) return undefined;
  context.fillStyle = color;
  return /^#[0-9a-f]{6}$/.exec(String(context.fillStyle))?.[0];
}

/** A gradient of these CSS colors from left to right as the background of an element. */
class GradientDirective extends Directive {
  #shown = "";

  render(_colors: readonly string[], _isReversed: boolean): typeof noChange {
    return noChange;
  }

  /** Through the CSSOM: the page's policy allows no style attributes. */
  override update(
    { element }: ElementPart,
    [colors, isReversed]: [readonly string[], boolean],
  ): typeof noChange {
    const list = colors.filter((color) => CSS.supports("color", color));
    const image = `linear-gradient(${isReversed ? "to left" : "to right"}, ${list.join(", ")})`;
    if (image !== this.#shown && element instanceof HTMLElement) {
      this.#shown = image;
      element.style.backgroundImage = image;
    }
    return noChange;
  }
}

export const gradient = directive(GradientDirective);
