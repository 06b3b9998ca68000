import type { DataArray } from "../../formats/data-kinds.ts";
import type { OverlayStyle, StreamlinesStyle } from "../../layers/layer-properties.ts";
import { selectArray } from "../../scalars/select-array.ts";

interface StyleWithOverlay {
  readonly style: StreamlinesStyle;
  /** The array to color by; undefined: that of the style. */
  readonly array?: DataArray | undefined;
}

/**
 * Colors streamlines by the last of the files with values for them, unless their own style has a color. Streamlines have one color, not
 * one over another, so the range, the colormap and the threshold of that file become those of the streamlines.
 */
export function withOverlayStyle(
  {
    pointArrays,
    streamlineArrays,
  }: Readonly<Record<"pointArrays" | "streamlineArrays", readonly DataArray[]>>,
  style: StreamlinesStyle,
  overlays: readonly OverlayStyle[],
): StyleWithOverlay {
  const arrays = [...pointArrays, ...streamlineArrays].filter(({ overlay }) => overlay !== undefined);
  const { colorBy, color, sample } = style;
  const last = overlays.length - 1;
  const ofLast = arrays.filter(({ overlay }) => overlay === last);
  const array =
    (colorBy ?? color ?? sample) === undefined
      ? (selectArray(ofLast, overlays[last]?.colorBy) ?? ofLast[0])
      : arrays.find(({ name }) => name === colorBy);
  const { overlay } = array ?? {};
  if (overlay === undefined) return { style };
  const { range, colormap, component, threshold } = { ...style, ...overlays[overlay] };
  return { style: { ...style, range, colormap, component, threshold }, array };
}
