import { elementBytes } from "./gltf-accessors.ts";
import type { GltfAccessor, GltfAnimation, GltfDocument } from "./gltf-document.ts";

const FLOAT = 5126;

/** Accessor type of each animated property (glTF 2.0, section 3.11). */
const PATH_TYPES: Readonly<Record<string, GltfAccessor["type"]>> = {
  translation: "VEC3",
  rotation: "VEC4",
  scale: "VEC3",
  weights: "SCALAR",
};

/**
 * Removes animation channels that three.js cannot play. Its interpolants loop forever if a channel has fewer values than
 * its keyframes require.
 *
 * @returns one sentence for each removed channel, with the reason
 */
export function dropUnplayableChannels(document: GltfDocument): string[] {
  const warnings: string[] = [];
  let pointers = 0;
  for (const [a, animation] of (document.animations ?? []).entries()) {
    animation.channels = animation.channels.filter((channel) => {
      if (channel.target.path === "pointer") {
        pointers += 1;
        return false;
      }
      // A channel without a node has no effect (glTF 2.0, section 5.9.1).
      if (channel.target.node === undefined) return false;
      const defect = defectOf(channel, animation, document);
      if (defect !== undefined) warnings.push(`a channel of animation ${a} is not played: ${defect}`);
      return defect === undefined;
    });
  }
  if (pointers > 0) {
    warnings.push(
      "it animates colors or other properties besides transformations (KHR_animation_pointer), which is not played",
    );
  }
  document.animations = document.animations?.filter(({ channels }) => channels.length > 0);
  return warnings;
}

function defectOf(
  { sampler: index, target }: GltfAnimation["channels"][number],
  { samplers }: GltfAnimation,
  document: GltfDocument,
): string | undefined {
  const node = document.nodes?.[target.node ?? -1];
  if (node === undefined) return `it moves node ${target.node}, which does not exist`;
  const type = PATH_TYPES[target.path];
  if (type === undefined) return "it animates a property that glTF does not have";
  const sampler = samplers[index];
  if (sampler === undefined) return `it uses sampler ${index}, which does not exist`;
  const input = document.accessors?.[sampler.input];
  const output = document.accessors?.[sampler.output];
  if (input === undefined || output === undefined)
    return `sampler ${index} uses an accessor that does not exist`;
  if (input.type !== "SCALAR" || input.componentType !== FLOAT || input.count === 0) {
    return `sampler ${index} has no keyframe times`;
  }
  if (output.type !== type) return `sampler ${index} has values of type ${output.type} instead of ${type}`;
  if (isInterleaved(input, document) || isInterleaved(output, document)) {
    return `sampler ${index} has interleaved values, which are not supported`;
  }
  const targets =
    target.path === "weights" ? (document.meshes?.[node.mesh ?? -1]?.primitives[0]?.targets?.length ?? 0) : 1;
  if (targets === 0) return `it moves the morph targets of node ${target.node}, which has none`;
  const expected = input.count * targets * (sampler.interpolation === "CUBICSPLINE" ? 3 : 1);
  if (output.count !== expected) {
    return `sampler ${index} has ${output.count} values where its ${input.count} times need ${expected}`;
  }
  return undefined;
}

/** Whether values are interleaved with other data, which three.js's GLTFLoader would use as keyframes. */
function isInterleaved(accessor: GltfAccessor, { bufferViews }: GltfDocument): boolean {
  const stride = bufferViews?.[accessor.bufferView ?? -1]?.byteStride;
  return stride !== undefined && stride !== elementBytes(accessor);
}
