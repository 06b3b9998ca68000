import { BufferAttribute, BufferGeometry, Group, Mesh } from "three";
import { coordinateOrigin, relativeTo } from "../../geometry/coordinate-origin.ts";
import type { ParsedFile } from "../../scene/loaded-file.ts";
import { LoadError } from "../load-error.ts";
import { readStlBinary } from "./stl-binary.ts";
import { readStlText } from "./stl-text.ts";

/**
 * Reads STL, ASCII or binary, with the colours of Magics. A truncated file is read up to its last complete facet, with a
 * warning.
 *
 * @throws LoadError
 */
export async function loadStl(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  encoding: "text" | "binary",
): Promise<ParsedFile> {
  const warnings: string[] = [];
  const { positions, colors } =
    encoding === "text"
      ? { positions: readStlText(path, bytes, warnings), colors: undefined }
      : readStlBinary(bytes, warnings);
  if (positions.length === 0) throw new LoadError(path, "there are no triangles in it", { format: "STL" });
  const origin = coordinateOrigin(positions);
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(relativeTo(origin, positions), 3));
  if (colors !== undefined) geometry.setAttribute("color", new BufferAttribute(colors, 3));
  // The file has one normal per facet, often zero; prepareObject computes smooth vertex normals from the triangles.
  const object = new Group();
  object.position.copy(origin);
  object.add(new Mesh(geometry));
  return { object, animations: [], warnings, hasMaterials: false };
}
