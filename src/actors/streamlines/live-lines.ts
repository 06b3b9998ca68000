import { changedKeys } from "../../layers/changed-keys.ts";
import type { LayerStyle } from "../../layers/layer.ts";
import type { StreamlinesStyle } from "../../layers/layer-properties.ts";
import type { Legend } from "../actor.ts";
import type { ColoredLines } from "./line-colors.ts";
import type { SplattedLines } from "./splatted-lines.ts";

/** Properties that change the picture and not the choice of the streamlines. */
const LIVE: readonly string[] = ["opacity", "lineWidth", "color", "colormap", "range"];

/** Streamlines whose colors and width can change without reading them again. */
export class LiveLines {
  readonly #lines: SplattedLines;
  #style: StreamlinesStyle;
  #colored: Pick<ColoredLines, "colors" | "legend" | "recolor">;

  constructor(
    lines: SplattedLines,
    style: StreamlinesStyle,
    colored: Pick<ColoredLines, "colors" | "legend" | "recolor">,
  ) {
    this.#lines = lines;
    this.#style = style;
    this.#colored = colored;
  }

  get legend(): Legend | undefined {
    return this.#colored.legend;
  }

  readonly update = (next: LayerStyle): boolean => {
    const style: StreamlinesStyle = next;
    const changed = changedKeys(this.#style, style);
    if (changed.some((key) => !LIVE.includes(key))) return false;
    const changesColors = changed.some((key) => key !== "opacity" && key !== "lineWidth");
    const { recolor } = this.#colored;
    if (changesColors && recolor === undefined) return false;
    // A color precedes directions and values, unless the style names an array.
    if ((style.color === undefined) !== (this.#style.color === undefined)) return false;
    if (changesColors) this.#colored = { ...this.#colored, ...recolor?.(style) };
    this.#style = style;
    const { opacity, lineWidth } = style;
    this.#lines.restyle({ colors: this.#colored.colors, opacity, lineWidth });
    return true;
  };
}
