import { checkAccessors } from "./gltf-accessors.ts";
import { dropUnplayableChannels } from "./gltf-animations.ts";
import type { GltfDocument } from "./gltf-document.ts";
import { checkExtensions, dropInvalidLights } from "./gltf-extensions.ts";
import { checkMeshes } from "./gltf-meshes.ts";
import { checkNodes } from "./gltf-nodes.ts";

const UNSIGNED_INT = 5125;

/**
 * Checks a document for everything that makes three.js's GLTFLoader hang, throw or allocate without bound. Invalid parts
 * that are not essential to the scene (animations, lights) are removed.
 *
 * @param bufferBytes the actual size of each buffer, undefined for one without bytes (a meshopt fallback)
 * @returns one sentence for each removed part, with the reason
 * @throws GltfError for every other defect
 */
export function checkGltf(document: GltfDocument, bufferBytes: readonly (number | undefined)[]): string[] {
  const warnings = checkExtensions(document);
  checkAccessors(document, bufferBytes);
  checkNodes(document);
  checkMeshes(document);
  warnings.push(...dropUnplayableChannels(document), ...dropInvalidLights(document));
  dropRedundantValues(document);
  return warnings;
}

/**
 * Removes redundant values that three.js uses unchecked. Wrong `min` and `max` would clip or cull objects. `normalized` is not
 * allowed on 32-bit components, and three.js throws. A node's `extras.pivot`, which any program may write, would be
 * interpreted as the pivot that GLTFExporter writes, and the extras of a primitive would become `userData` of its geometry.
 */
function dropRedundantValues(document: GltfDocument): void {
  for (const accessor of document.accessors ?? []) {
    delete accessor.min;
    delete accessor.max;
    if (accessor.componentType >= UNSIGNED_INT) delete accessor.normalized;
  }
  for (const node of document.nodes ?? []) delete node.extras;
  for (const primitive of (document.meshes ?? []).flatMap(({ primitives }) => primitives))
    delete primitive.extras;
}
