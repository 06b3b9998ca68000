import { Group, Mesh, Points } from "three";
import { LoadError } from "./load-error.ts";
import type { ParsedFile } from "./loaded-file.ts";
import { type PlyHeader, parsePlyHeader } from "./ply-header.ts";
import { quietly } from "./quietly.ts";

const HEADER_BYTES = 65_536;

/**
 * Reads PLY, ASCII or binary, with three's PLYLoader. A file without faces becomes points.
 *
 * @throws LoadError
 */
export async function loadPly(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<ParsedFile> {
  const { PLYLoader } = await import("three/examples/jsm/loaders/PLYLoader.js");
  const header = parsePlyHeader(path, bytes.subarray(0, HEADER_BYTES), bytes.byteLength);
  if (header.encoding === "ascii") checkLines(path, header, bytes);
  const { result: geometry } = quietly(() => {
    try {
      return new PLYLoader().parse(bytes.buffer);
    } catch (error) {
      const reason =
        error instanceof RangeError
          ? "the file ends before its last element: it is cut off; copy it again"
          : `the elements cannot be read as the header declares them (${(error as Error).message})`;
      throw new LoadError(path, reason, { format: "PLY", cause: error });
    }
  });
  const warnings: string[] = [];
  const face = header.elements.find((element) => element.name === "face");
  // Faces with texture coordinates or colours of their own come back without an index.
  const split = face?.properties.some(
    ({ name }) => name === "texcoord" || name === "red" || name === "diffuse_red",
  );
  const corners = geometry.index?.count ?? (split ? geometry.getAttribute("position").count : 0);
  const faces = face?.count ?? 0;
  if (corners / 3 < faces) {
    warnings.push(
      `${faces - corners / 3} of ${faces} faces were left out: only those with three or four corners are read`,
    );
  }
  const object = new Group();
  object.add(corners > 0 ? new Mesh(geometry) : new Points(geometry));
  return { object, animations: [], warnings, hasMaterials: false };
}

/** An ASCII body has a line for each element; three's loader stops silently where a cut-off one ends. */
function checkLines(path: string, header: PlyHeader, bytes: Uint8Array): void {
  const declared = header.elements.reduce((sum, element) => sum + element.count, 0);
  let count = 0;
  let at = header.bytes;
  let lastText = header.bytes;
  while (at < bytes.byteLength) {
    const end = bytes.indexOf(10, at);
    const stop = end === -1 ? bytes.byteLength : end;
    if (stop > at) {
      count += 1;
      lastText = stop;
    }
    at = stop + 1;
  }
  if (count < declared) {
    throw new LoadError(
      path,
      `the file ends after ${count} of ${declared} declared vertices and faces: it is cut off; copy it again`,
      { format: "PLY", position: { byte: lastText } },
    );
  }
}
