import type { Mesh } from "../data-kinds.ts";
import { DETECTION_BYTES } from "../detection-bytes.ts";
import type { ReadContext } from "../format.ts";
import { LoadError } from "../load-error.ts";
import { readStlBinary } from "./stl-binary.ts";
import { isTextStl } from "./stl-layout.ts";
import { readStlText } from "./stl-text.ts";

/**
 * Reads STL, ASCII or binary, with the colors of Magics. A truncated file is read up to its last complete facet, with a
 * warning.
 *
 * @throws LoadError
 */
export async function readStl({ path, source }: ReadContext): Promise<Mesh> {
  const warnings: string[] = [];
  await source.fillTo(DETECTION_BYTES);
  const isText = isTextStl(source.window.subarray(0, DETECTION_BYTES), source.maxBytes);
  const { surfaces, origin } = await (isText
    ? readStlText(path, source, warnings)
    : readStlBinary(source, warnings));
  if (surfaces.length === 0) throw new LoadError(path, "there are no triangles in it", { format: "STL" });
  return {
    kind: "mesh",
    origin,
    warnings,
    // The normals of the facets, often zero in the file, are not read: smooth ones are computed from the triangles.
    surfaces,
    lines: undefined,
    points: undefined,
  };
}
