import { checkAccessors } from "./gltf-accessors.ts";
import { dropUnplayableChannels } from "./gltf-animations.ts";
import type { GltfDocument } from "./gltf-document.ts";
import { checkExtensions, dropBrokenLights } from "./gltf-extensions.ts";
import { checkMeshes } from "./gltf-meshes.ts";
import { checkNodes } from "./gltf-nodes.ts";

const UNSIGNED_INT = 5125;

/**
 * Checks everything in a document that makes three's loader hang, throw or allocate without bound, before it runs.
 * What the rest of the picture can do without is taken out instead.
 *
 * @param bufferBytes the size of each buffer as it is, undefined where a buffer has no bytes (a meshopt fallback)
 * @returns what was taken out and why, a sentence each
 * @throws GltfError for everything else
 */
export function checkGltf(document: GltfDocument, bufferBytes: readonly (number | undefined)[]): string[] {
  const warnings = checkExtensions(document);
  checkAccessors(document, bufferBytes);
  checkNodes(document);
  checkMeshes(document);
  warnings.push(...dropUnplayableChannels(document), ...dropBrokenLights(document));
  dropHints(document);
  return warnings;
}

/**
 * Takes out values that a file gives twice or without need. Bounds that are not those of the data would clip or cull
 * what is there; `normalized` is not allowed on these types, and three throws; a node's `extras.pivot`, which any
 * program may write, three takes for its own.
 */
function dropHints(document: GltfDocument): void {
  for (const accessor of document.accessors ?? []) {
    delete accessor.min;
    delete accessor.max;
    if (accessor.componentType >= UNSIGNED_INT) delete accessor.normalized;
  }
  for (const node of document.nodes ?? []) delete node.extras;
}
