import { Group } from "three";
import type { StreamlinesStyle } from "../../layers/layer-properties.ts";
import type { PreparedStreamlines } from "../../loading/prepare-streamlines.ts";
import type { Actor } from "../actor.ts";
import { SplattedLines } from "./splatted-lines.ts";

/** Builds the lines of a tractogram. */
export function buildStreamlines(data: PreparedStreamlines, style: StreamlinesStyle): Actor {
  const object = new Group();
  object.position.set(...data.origin);
  object.add(
    new SplattedLines(data, data.bounds, { colors: { source: "direction" }, opacity: style.opacity }),
  );
  return { object, animations: [] };
}
