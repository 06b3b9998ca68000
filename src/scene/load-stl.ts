import { Group, Mesh } from "three";
import { LoadError } from "./load-error.ts";
import type { ParsedFile } from "./loaded-file.ts";
import { quietly } from "./quietly.ts";

/**
 * Reads STL, ASCII or binary (with the colours of Magics), with three's STLLoader.
 *
 * @throws LoadError
 */
export async function loadStl(
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  encoding: "text" | "binary",
): Promise<ParsedFile> {
  const { STLLoader } = await import("three/examples/jsm/loaders/STLLoader.js");
  if (encoding === "text") checkFacets(path, bytes);
  const { result: geometry, messages } = quietly(() => new STLLoader().parse(bytes.buffer));
  const damage = messages.find((message) => message.includes("vertices of face number"));
  if (damage !== undefined) {
    const number = Number(/\d+$/.exec(damage)?.[0] ?? 0) + 1;
    throw new LoadError(path, `facet ${number} does not have three vertices that are numbers`, {
      format: "STL",
    });
  }
  // The file's normals are one a facet, often zero: prepareObject makes smooth ones from the triangles.
  geometry.deleteAttribute("normal");
  const object = new Group();
  object.add(new Mesh(geometry));
  return { object, animations: [], warnings: [], hasMaterials: false };
}

/** three's patterns look for "facet … endfacet"; where ends are missing, they search the rest of the file for each. */
function checkFacets(path: string, bytes: Uint8Array): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ends = countOf(text, "endfacet");
  const facets = countOf(text, "facet") - ends;
  if (facets !== ends) {
    throw new LoadError(path, `${facets} facets begin and ${ends} end: the file is damaged`, {
      format: "STL",
    });
  }
  if (facets === 0) throw new LoadError(path, "there are no triangles in it", { format: "STL" });
}

function countOf(text: Buffer, word: string): number {
  let count = 0;
  for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + word.length)) count += 1;
  return count;
}
