import { BufferAttribute, BufferGeometry, Group, LineSegments } from "three";
import type { StreamlinesStyle } from "../../layers/layer-properties.ts";
import type { PreparedStreamlines } from "../../loading/prepare-data.ts";
import type { Actor } from "../actor.ts";
import { lineMaterial } from "../default-materials.ts";

/** Builds the lines of a tractogram. */
export function buildStreamlines(
  { positions, offsets, origin }: PreparedStreamlines,
  _style: StreamlinesStyle,
): Actor {
  const object = new Group();
  object.position.set(...origin);
  const indices: number[] = [];
  for (let i = 1; i < offsets.length; i += 1) {
    for (let point = (offsets[i - 1] ?? 0) + 1; point < (offsets[i] ?? 0); point += 1)
      indices.push(point - 1, point);
  }
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(positions, 3));
  geometry.setIndex(indices);
  object.add(new LineSegments(geometry, lineMaterial(false)));
  return { object, animations: [] };
}
