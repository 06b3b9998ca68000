import { coordinateOrigin, relativeTo } from "../../geometry/coordinate-origin.ts";
import type { Mesh } from "../data-kinds.ts";
import { DETECTION_BYTES, type ReadContext } from "../format.ts";
import { LoadError } from "../load-error.ts";
import { readStlBinary } from "./stl-binary.ts";
import { isTextStl } from "./stl-layout.ts";
import { readStlText } from "./stl-text.ts";

/**
 * Reads STL, ASCII or binary, with the colours of Magics. A truncated file is read up to its last complete facet, with a
 * warning.
 *
 * @throws LoadError
 */
export function readStl({ path, bytes }: ReadContext): Mesh {
  const warnings: string[] = [];
  const { positions, colors } = isTextStl(bytes.subarray(0, DETECTION_BYTES), bytes.byteLength)
    ? { positions: readStlText(path, bytes, warnings), colors: undefined }
    : readStlBinary(bytes, warnings);
  if (positions.length === 0) throw new LoadError(path, "there are no triangles in it", { format: "STL" });
  const origin = coordinateOrigin(positions);
  return {
    kind: "mesh",
    origin,
    warnings,
    // The normals of the facets, often zero in the file, are not read: smooth ones are computed from the triangles.
    surfaces: [{ positions: relativeTo(origin, positions), colors }],
    lines: undefined,
    points: undefined,
  };
}
