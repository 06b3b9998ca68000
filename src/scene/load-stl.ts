import { BufferAttribute, BufferGeometry, Group, Mesh } from "three";
import { coordinateOrigin, relativeTo } from "./coordinate-origin.ts";
import { LoadError } from "./load-error.ts";
import type { ParsedFile } from "./loaded-file.ts";
import { readStlBinary } from "./stl-binary.ts";
import { readStlText } from "./stl-text.ts";

/**
 * Reads STL, ASCII or binary, with the colours of Magics. Of a file that is cut off, what is there.
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
    encoding === "text" ? readText(path, bytes, warnings) : readStlBinary(bytes, warnings);
  if (positions.length === 0) throw new LoadError(path, "there are no triangles in it", { format: "STL" });
  const origin = coordinateOrigin(positions);
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", new BufferAttribute(relativeTo(origin, positions), 3));
  if (colors !== undefined) geometry.setAttribute("color", new BufferAttribute(colors, 3));
  // The file's normals are one a facet, often zero: prepareObject makes smooth ones from the triangles.
  const object = new Group();
  object.position.copy(origin);
  object.add(new Mesh(geometry));
  return { object, animations: [], warnings, hasMaterials: false };
}

function readText(
  path: string,
  bytes: Uint8Array,
  warnings: string[],
): { positions: Float64Array; colors: undefined } {
  const { positions, facets, short, cut, ended } = readStlText(path, bytes);
  if (short > 0) warnings.push(`${short} of ${facets} facets have fewer than three vertices; left out`);
  if (cut) warnings.push(`the file ends in the middle of a facet: it is cut off; ${shown(positions)}`);
  else if (!ended) warnings.push("the file does not end with endsolid: it may be cut off");
  return { positions, colors: undefined };
}

function shown(positions: ArrayLike<number>): string {
  return `the ${positions.length / 9} triangles before it are shown`;
}
