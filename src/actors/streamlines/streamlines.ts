import { Group } from "three";
import type { StreamlinesStyle } from "../../layers/layer-properties.ts";
import type { PreparedStreamlines } from "../../loading/prepare-streamlines.ts";
import type { Actor } from "../actor.ts";
import type { BuildOptions } from "../mesh.ts";
import { linePicker } from "../picking/line-picker.ts";
import { chooseColors } from "./line-colors.ts";
import { LiveLines } from "./live-lines.ts";
import { withOverlayStyle } from "./overlay-style.ts";
import { selectLines } from "./select-lines.ts";
import { boundsOfSelection } from "./selected-bounds.ts";
import { SplattedLines } from "./splatted-lines.ts";

/** Maximum number of points of streamlines that are drawn as tubes by default. */
const MAX_TUBE_POINTS = 3_000_000;

/** Default diameter of tubes relative to the diagonal of the bounds: 0.6 mm for a brain. */
const RELATIVE_DIAMETER = 1 / 400;

/**
 * Builds the lines or tubes of a tractogram.
 *
 * @throws DataError if the data does not have what the style requests, or nothing is left to show
 */
export function buildStreamlines(
  data: PreparedStreamlines,
  requested: StreamlinesStyle,
  { index = 0, overlays = [] }: BuildOptions = {},
): Actor {
  if (data.order.length === 0) return { object: new Group(), animations: [] };
  const { style, array } = withOverlayStyle(data, requested, overlays);
  const { warnings, values, recolor, ...colored } = chooseColors(data, style, { index, array });
  const selected = selectLines(data, style, colored);
  const { order, visible } = selected;
  const { positions, offsets, origin } = data;
  const { opacity, lineWidth } = style;
  const diameter = diameterOf(data, order, style);
  const object = new Group();
  object.position.set(...origin);
  const { colors, legend } = colored;
  const lines = new SplattedLines({ positions, offsets, order, visible }, boundsOfSelection(data, selected), {
    ...{ colors, opacity, lineWidth, diameter },
  });
  object.add(lines);
  // The style of the overlay is mixed with that of the streamlines.
  const live = overlays.length > 0 ? undefined : new LiveLines(lines, style, { colors, legend, recolor });
  return {
    object,
    animations: [],
    get legend() {
      return live === undefined ? legend : live.legend;
    },
    update: live?.update,
    pick: linePicker(lines, data),
    values,
    warnings,
  };
}

/** Diameter of the tubes; undefined for lines. */
function diameterOf(
  { offsets, bounds: { min, max } }: PreparedStreamlines,
  order: Uint32Array,
  { tubes = "auto", width }: StreamlinesStyle,
): number | undefined {
  if (tubes === "off" || width === 0) return undefined;
  if (tubes === "auto" && width === undefined) {
    let points = 0;
    for (const line of order) points += (offsets[line + 1] ?? 0) - (offsets[line] ?? 0);
    if (points > MAX_TUBE_POINTS) return undefined;
  }
  return width ?? RELATIVE_DIAMETER * Math.hypot(max[0] - min[0], max[1] - min[1], max[2] - min[2]);
}
